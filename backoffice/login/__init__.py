"""How staff come in, and what may end their stay.

django-allauth does the work: passwords, authenticator apps, passkeys, recovery codes, throttles. Ours:

urls      the few of its pages that are routed, below /admin/      pages     their looks
adapters  its hooks, forms its forms with labels of ours             backend   staff only
door      every request of a staff page passes it                  stamps    what a session remembers for it
endings   changes of a person that end his sessions                trail     all of it on the audit trail
"""
