package main

// upgrades are sessions in the clear that turn into TLS.
func upgrades() []sample {
	type line struct {
		from int
		text string
	}
	session := func(to string, lines ...line) func(t *trace) {
		return func(t *trace) {
			c := t.talk("10.0.1.15:40500", to)
			c.open()
			for _, l := range lines {
				if l.from == server {
					c.wait(think)
				}
				c.say(l.from, []byte(l.text))
			}
			h := t.old("mail.example.com").without(extALPN)
			c.say(client, h.record())
			c.answer(messages(t.serverHello12(t.noise(32)), t.certificate(), t.serverKeys(), message(msgDone)))
			c.say(client, messages(t.clientKeys()), t.finished12())
			c.answer(t.finished12())
			c.call12(60, 90)
			c.bye12()
		}
	}
	return []sample{
		{"starttls-smtp", "SMTP, STARTTLS", session("203.0.113.70:25",
			line{server, "220 mail.example.com ESMTP\r\n"}, line{client, "EHLO build-7.example.org\r\n"},
			line{server, "250-mail.example.com\r\n250-SIZE 10240000\r\n250 STARTTLS\r\n"}, line{client, "STARTTLS\r\n"},
			line{server, "220 2.0.0 Ready to start TLS\r\n"})},
		{"starttls-imap", "IMAP, STARTTLS", session("203.0.113.70:143",
			line{server, "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"}, line{client, "a1 STARTTLS\r\n"},
			line{server, "a1 OK Begin TLS negotiation now\r\n"})},
		{"starttls-pop3", "POP3, STLS", session("203.0.113.70:110",
			line{server, "+OK POP3 ready\r\n"}, line{client, "STLS\r\n"}, line{server, "+OK Begin TLS\r\n"})},
		{"starttls-ftp", "FTP, AUTH TLS", session("203.0.113.71:21",
			line{server, "220 FTP ready\r\n"}, line{client, "AUTH TLS\r\n"}, line{server, "234 Proceed with negotiation.\r\n"})},
		{"starttls-xmpp", "XMPP, starttls", session("203.0.113.72:5222",
			line{client, "<?xml version='1.0'?><stream:stream to='example.com' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"},
			line{server, "<?xml version='1.0'?><stream:stream from='example.com' id='s1' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>" +
				"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"},
			line{client, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}, line{server, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"})},
		{"starttls-postgresql", "PostgreSQL, a request for encryption", session("203.0.113.73:5432",
			line{client, "\x00\x00\x00\x08\x04\xd2\x16\x2f"}, line{server, "S"})},
	}
}
