"""WHO SHOWS: model card, datasheet and report; a card computes nothing."""
