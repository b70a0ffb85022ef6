"""The job-seeker outreach demonstration, on census data that ships with the package."""
