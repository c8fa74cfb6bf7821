"""Reading metadata files of any form: lines, cells, JSON, and joins that do not fit into memory."""
