"""What assessing needs for each kind of task: one file each."""
