"""URLs and addresses that must be refused, or must not be: the tables of the tests of both transports."""

# --- refused for the form of the URL, whatever the host resolves to --------------------------------------------
MALFORMED = [
    *("", "merchant.example", "//merchant.example/", "http:merchant.example", "http:/merchant.example/"),
    *("http://", "http:///cb", "https:///", "http://:80/", "http://?q", "http://#f"),
    # schemes
    *(
        "ftp://merchant.example/",
        "file:///etc/passwd",
        "gopher://merchant.example:6379/_x",
        "javascript:alert(1)",
    ),
    *("data:text/plain,x", "ws://merchant.example/", "unix:///run/docker.sock", "http+unix://%2Frun%2Fx/"),
    *("dict://merchant.example:11211/", "jar:http://merchant.example!/", "ldap://merchant.example/"),
    # user names, and what is meant to pass for one
    *("http://user:word@merchant.example/", "http://user@merchant.example/", "http://@merchant.example/"),
    *(
        "http://merchant.example@127.0.0.1/",
        "http://127.0.0.1@merchant.example/",
        "http://:@merchant.example/",
    ),
    *(
        "http://merchant.example:80@127.0.0.1/",
        "http://merchant.example%23@127.0.0.1:80@x/",
    ),
    *("http://a@b@merchant.example/", "http://merchant.example&@127.0.0.1/"),
    # backslashes, white space, control characters
    *(
        "http://merchant.example\\@127.0.0.1/",
        "http:\\\\merchant.example/",
        "http://127.0.0.1\\.merchant.example/",
    ),
    *("http://merchant.example /", " http://merchant.example/", "http://merchant.example/\r\nHost: x"),
    *("http://mer\tchant.example/", "http://merchant.example\x00.127.0.0.1/", "http://merchant.example/\n"),
    *("http://merchant.example/\u2028", "http://merchant.example/a b", "http://merchant.example/\x7f"),
    # percent signs in the host
    *("http://%31%32%37.0.0.1/", "http://merchant%2eexample/", "http://127.0.0.1%2f.merchant.example/"),
    *("http://merchant.example%00/", "http://merchant.example%23@127.0.0.1/", "http://%6cocalhost/"),
    # IPv4 in other forms
    *(
        "http://2130706433/",
        "http://0x7f000001/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
    ),
    *(
        "http://127.1/",
        "http://127.0.1/",
        "http://0/",
        "http://0x0/",
        "http://00.0.0.0/",
        "http://127.0.0.01/",
    ),
    *("http://0x7f.1/", "http://0177.1/", "http://127.0.0.0x1/", "http://1.1.1.1.1/", "http://256.1.1.1/"),
    *("http://8.8.8.08/", "http://134744072/", "http://8.8.8/", "http://0x08080808/", "http://8.8.8.8.8/"),
    *("http://merchant.example.1/", "http://merchant.0x1/", "http://99999999999/", "http://merchant.0x/"),
    # dots at the end, empty and overlong labels
    *("http://merchant.example./", "http://127.0.0.1./", "http://localhost./", "http://merchant.example../"),
    *(
        "http://./",
        "http://../",
        "http://.merchant.example/",
        "http://merchant..example/",
        "http://2130706433./",
    ),
    *(f"http://{'a' * 64}.example/", f"http://{'a.' * 126}example/"),
    *("http://-merchant.example/", "http://merchant-.example/", "http://merchant.-example/"),
    # characters that normalisation makes digits, dots, slashes or letters of
    *("http://１２７.0.0.1/", "http://127。0。0。1/", "http://127．0．0．1/", "http://127｡0｡0｡1/"),
    *(
        "http://①②⑦.⓪.⓪.①/",
        "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
        "http://ｌｏｃａｌｈｏｓｔ/",
        "http://merchant.example／@127.0.0.1/",
    ),
    *("http://mérchant.example/", "http://мerchant.example/", "http://merchant.example℀@127.0.0.1/"),
    *(
        "http://١٢٧.0.0.1/",
        "http://merchant\u200b.example/",
        "http://loc\u00adalhost/",
        "http://merchant。example/",
    ),
    # IPv6: zone ids, brackets, other forms
    *(
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1%25lo]/",
        "http://[2606:4700::1%25]/",
    ),
    *(
        "http://[::1/",
        "http://::1/",
        "http://[]/",
        "http://[::1]x/",
        "http://x[::1]/",
        "http://[v1.fe80::a]/",
    ),
    *(
        "http://[127.0.0.1]/",
        "http://[::1.2.3]/",
        "http://[:::1]/",
        "http://[12345::1]/",
        "http://[merchant]/",
    ),
    *("http://[::ffff:127.0.0.01]/", "http://[::1]]/", "http://2606:4700::1111/", "http://[[::1]]/"),
    # other characters in the host
    *(
        "http://merchant!.example/",
        "http://*.example/",
        "http://merchant,example/",
        "http://merchant;example/",
    ),
    *(
        "http://<script>/",
        "http://{host}/",
        "http://merchant.example|127.0.0.1/",
        "http://merchant.example^/",
    ),
    *(
        "http://$host/",
        "http://merchant.example'/",
        'http://merchant.example"/',
        "http://(merchant.example)/",
    ),
    # ports
    *("http://merchant.example:0/", "http://merchant.example:65536/", "http://merchant.example:99999/"),
    *("http://merchant.example:/", "http://merchant.example:a/", "http://merchant.example:-80/"),
    *("http://merchant.example:+80/", "http://merchant.example:80:80/", "http://merchant.example:080/"),
    *("http://merchant.example:８０/", "http://merchant.example:8 0/", "http://merchant.example:80.0/"),
    *(
        f"http://merchant.example:{port}/"
        for port in (1, 7, 9, 19, 21, 22, 23, 25, 53, 81, 110, 111, 135, 139)
    ),
    *(f"http://merchant.example:{port}/" for port in (143, 389, 445, 465, 514, 587, 636, 873, 993, 1023)),
    *(f"http://merchant.example:{port}/" for port in (1433, 2049, 2375, 2379, 3306, 3389, 5060, 5432, 5900)),
    *(f"http://merchant.example:{port}/" for port in (6000, 6379, 6667, 9200, 11211, 27017, 10080)),
]

# --- refused for the address ----------------------------------------------------------------------------------
CLOSED = [
    *("0.0.0.0", "0.0.0.1", "0.255.255.255"),  # this host, this network
    *("127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.255"),  # loopback
    *(
        "10.0.0.0",
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "192.168.255.255",
    ),
    *("100.64.0.0", "100.100.100.200", "100.127.255.255"),  # carrier-grade NAT, Alibaba's metadata
    *("169.254.0.1", "169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.255.255"),
    *("192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.0.192"),  # protocol assignments, Oracle's metadata
    *("192.0.2.1", "198.51.100.7", "203.0.113.255"),  # documentation
    *("192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1"),  # AS112, AMT, 6to4 relays
    *("198.18.0.1", "198.19.255.255"),  # benchmarks
    *("224.0.0.1", "239.255.255.250", "232.0.0.1"),  # multicast
    *("240.0.0.1", "254.1.2.3", "255.255.255.254", "255.255.255.255"),  # reserved, broadcast
    "168.63.129.16",  # Azure's metadata
    *("::", "::1", "::2"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8"),  # IPv4-mapped
    *("::127.0.0.1", "::10.0.0.1", "::8.8.8.8"),  # IPv4-compatible
    *("::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"),  # IPv4-translated
    *(
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::808:808",
        "64:ff9b:1::7f00:1",
        "64:ff9b:1:ffff::1",
    ),  # NAT64
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a00:1::1", "2002:808:808::1"),  # 6to4
    *("2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),  # Teredo
    *("2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1", "fe80::5efe:10.0.0.1"),  # ISATAP
    *("fe80::1", "febf::1", "fec0::1", "feff::1"),  # link-local, site-local
    *("fc00::1", "fd00::1", "fd12:3456:789a::1", "fdff:ffff::1"),  # unique local
    *("fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42"),  # metadata
    *("ff02::1", "ff05::2", "ff0e::1"),  # multicast
    *("2001:db8::1", "3fff::1", "3fff:fff::1"),  # documentation
    *("2001:2::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:3::1", "2001:4:112::1"),
    *(
        "100::1",
        "100:0:0:1::1",
        "5f00::1",
        "3ffe::1",
        "2620:4f:8000::1",
        "4000::1",
        "8000::1",
        "e000::1",
        "1::1",
    ),
]

# --- must pass ------------------------------------------------------------------------------------------------
PUBLIC = [
    *("1.0.0.1", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1"),
    *("126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.1", "172.15.255.255", "172.32.0.1"),
    *("191.255.255.255", "192.0.1.1", "192.0.3.1", "192.167.255.255", "192.169.0.1", "198.17.255.255"),
    *("198.20.0.1", "198.51.99.1", "203.0.112.1", "203.0.114.1", "223.255.255.255", "168.63.129.15"),
    *("2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1", "2003::1"),
    *(
        "2400:cb00::1",
        "2606:4700:4700::1111",
        "2620:4f:7fff::1",
        "2a00:1450::1",
        "2a01:4f8::5efd:1:1",
        "3ffd::1",
    ),
]
WELL_FORMED = [
    *(
        "http://merchant.example",
        "http://merchant.example/",
        "http://merchant.example?a=1",
        "http://merchant.example#f",
    ),
    *("http://merchant.example:80/", "http://merchant.example:443/", "http://merchant.example:1024/"),
    *("http://merchant.example:8080/cb", "http://merchant.example:8443/", "http://merchant.example:65535/"),
    *("HTTP://Merchant.EXAMPLE/", "http://a.b.c.d.merchant.example/", "http://xn--mrchant-cya.example/"),
    *("http://my_service.merchant.example/", "http://merchant/", "http://a-b.example/", "http://1a.example/"),
    *("http://123.example/", "http://0x7f.example/", "http://merchant.x1/", "http://merchant.example/@user"),
    *("http://merchant.example/a%20b?c=%2F&d=e:f@g", "http://merchant.example/?next=http://127.0.0.1/"),
    *(
        "http://merchant.example/a//b/../c",
        "http://merchant.example/~x;y=1,2!$'()*+",
        f"http://{'a' * 63}.example/",
    ),
    *(
        "http://merchant.example/[1]?a[]=2",
        "http://8.8.8.8/",
        "http://8.8.8.8:8080/",
        "http://[2606:4700::1111]/",
    ),
    *("http://[2606:4700::1111]:8080/cb", "http://[2606:4700:0:0:0:0:0:1111]/", "https://merchant.example/"),
    *("https://merchant.example:8443/cb", "https://[2606:4700::1111]/"),
]
