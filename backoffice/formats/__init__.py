"""How figures and days look, in every language: as on the chain, in exports and in what upstreams write, so that one
who copies a figure to a colleague or into a form is not misread. Django takes the modules by name, see
FORMAT_MODULE_PATH.
"""

DECIMAL_SEPARATOR, THOUSAND_SEPARATOR, NUMBER_GROUPING = ".", ",", 3
DATE_FORMAT, TIME_FORMAT, DATETIME_FORMAT = "Y-m-d", "H:i", "Y-m-d H:i"
SHORT_DATE_FORMAT, SHORT_DATETIME_FORMAT = DATE_FORMAT, DATETIME_FORMAT
DATE_INPUT_FORMATS = ["%Y-%m-%d"]
TIME_INPUT_FORMATS = ["%H:%M:%S", "%H:%M"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
