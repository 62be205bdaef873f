"""From dataset folders of the engine to batches on the device."""
