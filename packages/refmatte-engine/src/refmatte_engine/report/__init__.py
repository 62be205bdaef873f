"""The page a build ends with: gallery and statistics, opened in a browser without a server."""
