"""FlexNet's error numbers: how applications write them, and what they mean. Tables with a source for each line."""
