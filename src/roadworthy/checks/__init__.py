"""WHO MEASURES: a check takes a subject and gives evidence; it never knows a threshold."""
