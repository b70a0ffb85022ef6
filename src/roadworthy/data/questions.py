"""The questions of a datasheet, by section; which are measured, and what they are exported as.

The sections are those of Gebru et al., *Datasheets for Datasets* (2021); the questions are worded
for tables that a model is trained and judged on. `rai` is the property of the Croissant vocabulary
for responsible AI (version 1.0) that an answer belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.records.datasheet import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; `measured` ones are answered from the table if it can, else by people."""

    key: str
    section: Section
    text: str
    measured: bool = False
    rai: str | None = None


def _ask(
    section: Section, key: str, text: str, *, measured: bool = False, rai: str | None = None
) -> Question:
    return Question(key=key, section=section, text=text, measured=measured, rai=rai)


_M, _C, _P = Section.MOTIVATION, Section.COMPOSITION, Section.PREPROCESSING

QUESTIONS: tuple[Question, ...] = (
    _ask(_M, "purpose", "Why was this dataset made, and which gap was it meant to fill?"),
    _ask(_M, "makers", "Who made it, and on behalf of which organisation?"),
    _ask(_M, "funding", "Who paid for it, and under which grant or budget?"),
    # composition
    _ask(_C, "row-meaning", "What does one row stand for?"),
    _ask(_C, "size", "How many rows and columns are there?", measured=True),
    _ask(_C, "columns", "What does each column hold?", measured=True),
    _ask(_C, "label", "Which column is the label, and how are its classes spread?", measured=True),
    _ask(_C, "groups", "Which groups of people occur, and how large is each?", measured=True),
    _ask(
        _C,
        "label-by-group",
        "How are the classes of the label spread within each group?",
        measured=True,
    ),
    _ask(
        _C,
        "missing-values",
        "Which values are missing, and how often?",
        measured=True,
        rai="dataCollectionMissingData",
    ),
    _ask(
        _C,
        "missing-by-group",
        "Are values missing more often for some groups than for others?",
        measured=True,
        rai="dataCollectionMissingData",
    ),
    _ask(
        _C,
        "missing-reasons",
        "Why are values missing, and what was done about it at collection?",
        rai="dataCollectionMissingData",
    ),
    _ask(_C, "duplicates", "Do rows repeat each other?", measured=True),
    _ask(_C, "time-range", "From when to when do the rows date?", measured=True),
    _ask(_C, "split", "Is this a part of a larger dataset, and how was it split?", measured=True),
    _ask(_C, "sampling", "Is this everybody concerned, or a sample; and how was it drawn?"),
    _ask(_C, "related-rows", "Do rows belong together, as members of one household do?"),
    _ask(_C, "known-errors", "Which errors, noise or redundancies are known?"),
    _ask(_C, "outside-sources", "Does it rely on other sources that may change or disappear?"),
    _ask(
        _C,
        "sensitive-columns",
        "Which columns are sensitive, and how is the dataset classified?",
        measured=True,
        rai="personalSensitiveInformation",
    ),
    _ask(
        _C,
        "identifiability",
        "Could a person be recognised in it, or is anything in it confidential or offensive?",
        rai="personalSensitiveInformation",
    ),
    # collection process
    *(
        _ask(Section.COLLECTION, key, text, rai=rai)
        for key, text, rai in (
            (
                "collection-method",
                "How was each value obtained: observed, told by people, or derived?",
                "dataCollection",
            ),
            (
                "collection-type",
                "Of which kind is the collection: a survey, records, sensors, the web?",
                "dataCollectionType",
            ),
            ("collection-timeframe", "When was it collected?", "dataCollectionTimeframe"),
            ("raw-data", "Where is the raw data, and can it be had?", "dataCollectionRawData"),
            ("collectors", "Who collected it, and how were they trained and paid?", None),
            (
                "ethical-review",
                "Did anybody review the ethics of collecting it; who and how?",
                None,
            ),
            ("consent", "Did the people concerned know and agree, and can they withdraw?", None),
        )
    ),
    # preprocessing, cleaning, labelling
    _ask(
        _P,
        "lineage",
        "From which data, by which steps, was this version made?",
        measured=True,
        rai="dataPreprocessingProtocol",
    ),
    *(
        _ask(_P, key, text, rai=rai)
        for key, text, rai in (
            (
                "preprocessing",
                "Which other preprocessing or cleaning was done before that, and why?",
                "dataPreprocessingProtocol",
            ),
            (
                "imputation",
                "Were missing values filled in, and by which rule?",
                "dataImputationProtocol",
            ),
            (
                "manipulation",
                "Were values changed, coarsened, swapped or made up, and how?",
                "dataManipulationProtocol",
            ),
            ("labelling", "Who or what made the labels, by which rules?", "dataAnnotationProtocol"),
            (
                "labelling-platform",
                "On which platform or with which tool were labels made?",
                "dataAnnotationPlatform",
            ),
            ("labels-per-row", "How many labels did each row get?", "annotationsPerItem"),
            (
                "labelling-agreement",
                "How well do those who labelled agree, and how were differences settled?",
                "dataAnnotationAnalysis",
            ),
            ("labellers", "Who are the people who labelled?", "annotatorDemographics"),
            (
                "machine-labelling",
                "Which machines or models took part in labelling?",
                "machineAnnotationTools",
            ),
        )
    ),
    # uses, distribution, maintenance
    *(
        _ask(Section.USES, key, text, rai=rai)
        for key, text, rai in (
            ("suitable-uses", "What is it good for, and what was it used for?", "dataUseCases"),
            ("unsuitable-uses", "What must it not be used for?", None),
            ("known-biases", "Whom does it favour or leave out?", "dataBiases"),
            ("limitations", "What is it known not to show?", "dataLimitations"),
            ("social-impact", "Whom could its use help or harm, and how?", "dataSocialImpact"),
        )
    ),
    *(
        _ask(Section.DISTRIBUTION, key, text)
        for key, text in (
            ("recipients", "Who may have it, how, and since when?"),
            ("terms", "Under which licence, terms or fees may it be used?"),
            ("restrictions", "Which laws, export rules or rights of others restrict it?"),
        )
    ),
    _ask(Section.MAINTENANCE, "maintainer", "Who looks after it, and how can they be reached?"),
    _ask(
        Section.MAINTENANCE,
        "updates",
        "How, how often and by whom is it corrected and extended?",
        rai="dataReleaseMaintenancePlan",
    ),
    _ask(Section.MAINTENANCE, "retention", "How long may it be kept, and what happens then?"),
    _ask(Section.MAINTENANCE, "old-versions", "Do older versions stay available?"),
)
"""Every question, in the order in which they are asked."""

HEADER = ("title", "description", "license", "creator", "url", "published")
"""What an answers file may also say: the facts at the head of a datasheet."""

RAI_PROPERTIES = (
    "dataCollection",
    "dataCollectionType",
    "dataCollectionMissingData",
    "dataCollectionRawData",
    "dataCollectionTimeframe",
    "dataImputationProtocol",
    "dataPreprocessingProtocol",
    "dataManipulationProtocol",
    "dataAnnotationProtocol",
    "dataAnnotationPlatform",
    "dataAnnotationAnalysis",
    "annotationsPerItem",
    "annotatorDemographics",
    "machineAnnotationTools",
    "dataLimitations",
    "dataBiases",
    "dataUseCases",
    "dataSocialImpact",
    "personalSensitiveInformation",
    "dataReleaseMaintenancePlan",
)
"""The twenty properties of Croissant RAI 1.0, as the specification spells them."""
