"""What a Content-Type may look like on the way in."""

from hypothesis import strategies as st

JSON = "application/json"
ODD = [
    *("", ";", ";;=", "=", "é", "/", "application/json;", "APPLICATION/JSON", "application/json, text/html"),
    *(
        "application/json; charset=utf-8",
        "application/json; charset=utf-16",
        "application/json; charset=none",
    ),
    *('application/json; charset="', "application/json; charset=", "application/json; charset=hex"),
    *("application/json; a=1; a=2", "application/json; filename*=utf-8''%ff", "application/json; x*0=1"),
    *("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7", "text/xml"),
    *("multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=é"),
    *("multipart/mixed; boundary=", "x" * 300, "application/json; " + "a=b;" * 300),
]
content_types = st.integers(0, 7).flatmap(lambda dice: st.just(JSON) if dice else st.sampled_from(ODD))
