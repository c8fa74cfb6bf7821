"""Great Expectations suites, and how they run inside Beam: in batches, merged exactly."""
