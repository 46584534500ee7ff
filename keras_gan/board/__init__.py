"""The page of a run: a tab in TensorBoard, or one file. Needs no TensorFlow."""
