"""What a command is doing, how far it is and how long it takes: a live panel on a terminal, plain lines elsewhere."""
