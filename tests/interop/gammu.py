"""What gammu and gammu-smsd, which share their library, have in common."""

ASKED_OF_OTHER_MAKES = {"+MODE=2", "+CPROT=?", "+SYNCML=?", "$TSSPCSW=?"}
"""Vendors' commands by which gammu looks for the makes that it knows; TS 27.005 and TS 27.007 have none of them."""
