"""Files and objects at a URI: read within bounds, written whole or not at all."""
