"""Words: plan and labels in, expressions out; and the evaluator that reads any such text back."""
