"""Views of a report: console, Markdown, LaTeX, CSV and one self-contained HTML page."""
