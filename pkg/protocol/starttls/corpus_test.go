package starttls

import (
	"testing"

	"github.com/hookhound/hookhound/pkg/protocol/protocoltest"
)

// TestCorpus: real sessions come to their hello.
func TestCorpus(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		hellos     int
	}{
		{"arkime__smtp-starttls.pcap", "starttls", 1},
		{"ndpi__smtp-starttls.pcap", "starttls", 2},
		{"zeek__tls_smtp-starttls.pcap", "starttls", 1},
		{"ndpi__ftp-start-tls.pcap", "starttls", 1},
		{"ndpi__imap-starttls.pcap", "starttls", 1},
		{"zeek__tls_xmpp-starttls.pcap", "xmpp", 1},
		{"zeek__postgresql_psql-aws-ssl-require.pcap", "postgresql", 1},
		{"zeek__postgresql_psql-aws-ssl-require-15432.pcap", "postgresql", 1},
		{"ndpi__pgsql2.pcapng", "postgresql", 1},
		{"arkime__mysql-tls.pcap", "mysql", 1},
		{"ndpi__mysql.pcapng", "mysql", 1},
		{"zeek__mysql_encrypted.pcap", "mysql", 1},
		{"zeek__mysql_tls-13-amazon-rds.pcap", "mysql", 1},
		{"zeek__ldap_ldap-starttls.pcap", "ldap", 1},
		{"suricata-verify__ldap-starttls_input.pcap", "ldap", 1},
		{"ndpi__rdp_over_tls.pcap", "rdp", 1},
		{"arkime__adb_synthetic.pcap", "adb", 1},
	} {
		hellos := 0
		for _, l := range protocoltest.Read(t, protocoltest.Corpus(t, c.name), kindOf(c.kind)) {
			if l.HandedOver && len(l.Rest) > 5 && l.Rest[0] == handshake && l.Rest[1] == 3 && l.Rest[5] == 1 {
				hellos++
			}
		}
		if hellos != c.hellos {
			t.Errorf("%s: %d hellos, want %d", c.name, hellos, c.hellos)
		}
	}
}
