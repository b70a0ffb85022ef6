-- Who the system is for: people old enough to work. Children are in the survey and are never
-- employed, so leaving them in would make every figure look better than it is.
SELECT
    id,
    AGEP, SCHL, MAR, RELP, DIS, ESP, CIT, MIG, MIL, ANC, NATIVITY, DEAR, DEYE, DREM,
    CASE SEX WHEN '1' THEN 'Male' WHEN '2' THEN 'Female' END AS sex,
    CASE
        WHEN RAC1P = '1' THEN 'White'
        WHEN RAC1P = '2' THEN 'Black'
        WHEN RAC1P = '6' THEN 'Asian'
        WHEN RAC1P = '9' THEN 'Two or more'
        ELSE 'Another'
    END AS race,
    CASE
        WHEN AGEP < 25 THEN '16-24'
        WHEN AGEP < 45 THEN '25-44'
        WHEN AGEP < 65 THEN '45-64'
        ELSE '65+'
    END AS age_band,
    CASE DIS WHEN '1' THEN 'Yes' WHEN '2' THEN 'No' END AS disability,
    CAST(employed = 0 AS TINYINT) AS not_in_work
FROM raw
WHERE AGEP >= 16
ORDER BY id
