"""Charts as SVG text: pure functions that the page, the report, the card and the e-mail share.

Every chart is drawn for a width of 360 units, so that it reads the same on a telephone and in a
column of a wide page. Colours come from the style sheet (`chart.css`), never alone: a shape, a dash
or a label says the same. Equal input gives equal text.
"""
