"""Where ground truth comes from: plain folders, dataset folders with tables, the released RefMatte layout."""
