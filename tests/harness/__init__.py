"""What the test suites share: private PostgreSQL servers, the gate as a process, broken networks.

paths      where things are
postgres   Server, Database: clusters of our own, made and thrown away
gate       Gate: runs the binary in an environment of its own; every run is checked for its manners
history    manifests and history tables
network    relays and ports that misbehave
tls        a certificate authority
web        HTTP servers that answer as the test says
"""
