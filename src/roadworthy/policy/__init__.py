"""WHO JUDGES: risk tiers, requirements, waivers and the judge; it never sees a dataset."""
