"""The TensorFlow namespace against the array API standard: names, dtypes, values, compiled forms, gradients."""
