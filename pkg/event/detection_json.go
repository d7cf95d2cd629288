package event

// The JSON form of a detection.
type (
	detectionJSON struct {
		Timestamp   string         `json:"@timestamp"`
		ECS         ecsJSON        `json:"ecs"`
		Event       eventJSON      `json:"event"`
		Message     string         `json:"message"`
		Rule        ruleJSON       `json:"rule"`
		Source      endpointJSON   `json:"source"`
		Destination *detectionDest `json:"destination,omitempty"`
		Network     networkJSON    `json:"network"`
		TLS         *tlsJSON       `json:"tls,omitempty"`
		Related     relatedJSON    `json:"related"`
		Threat      *threatJSON    `json:"threat,omitempty"`
		Observer    observer       `json:"observer"`
		Hookhound   detectionExtra `json:"hookhound"`
	}
	ruleJSON struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		Category  string `json:"category,omitempty"`
		Ruleset   string `json:"ruleset"`
		Reference string `json:"reference"`
	}
	detectionDest struct {
		IP     string `json:"ip,omitempty"`
		Port   uint16 `json:"port,omitempty"`
		Domain string `json:"domain,omitempty"`
	}
	relatedJSON struct {
		IP    []string `json:"ip,omitempty"`
		Hosts []string `json:"hosts,omitempty"`
		Hash  []string `json:"hash,omitempty"`
	}
	threatJSON struct {
		Framework string         `json:"framework"`
		Tactic    threatPart     `json:"tactic"`
		Technique techniquesJSON `json:"technique"`
	}
	threatPart struct {
		ID        []string `json:"id"`
		Name      []string `json:"name"`
		Reference []string `json:"reference"`
	}
	techniquesJSON struct {
		threatPart
		Sub *threatPart `json:"subtechnique,omitempty"`
	}
	detectionExtra struct {
		Schema      int            `json:"schema_version"`
		Mode        string         `json:"mode"`
		Site        string         `json:"site"`
		Kind        string         `json:"kind"`
		Severity    string         `json:"severity"`
		List        string         `json:"list"` // alert or hunt
		Rank        int            `json:"rank,omitempty"`
		Episode     idJSON         `json:"episode"`
		Revision    uint32         `json:"revision"`
		Pair        pairJSON       `json:"pair"`
		Service     string         `json:"service"`
		ServiceName string         `json:"service_name,omitempty"`
		Class       string         `json:"class,omitempty"`
		Tenant      any            `json:"tenant,omitempty"` // a string, or a list where there are several
		Score       []termJSON     `json:"score"`
		Beacon      *rhythmJSON    `json:"beacon,omitempty"`
		TLS         *extraTLS      `json:"tls,omitempty"`
		Timeline    []beatJSON     `json:"timeline,omitempty"`
		Visibility  visibilityJSON `json:"visibility"`
		SafeMCP     *safeMCP       `json:"safe_mcp,omitempty"`
	}
	idJSON struct {
		ID string `json:"id"`
	}
	pairJSON struct {
		Client  string `json:"client"`
		Service string `json:"service"`
	}
	termJSON struct {
		Name  string  `json:"name"`
		Value float64 `json:"value"` // points
		Why   string  `json:"why"`
	}
	rhythmJSON struct {
		Count      int     `json:"count"`
		Interval   float64 `json:"interval_s"`
		Jitter     float64 `json:"jitter"`
		Shape      string  `json:"shape,omitempty"`
		Missed     float64 `json:"missed"`
		UpMedian   uint64  `json:"bytes_up_median"`
		DownMedian uint64  `json:"bytes_down_median"`
		Inside     bool    `json:"inside_connection"`
		Conns      int     `json:"connections"`
	}
	beatJSON struct {
		Time string `json:"t"`
		Up   uint64 `json:"up"`
		Down uint64 `json:"down"`
	}
	safeMCP struct {
		Technique idJSON `json:"technique"`
	}
)

// Detection encodes d as one JSON object.
func (e *Encoder) Detection(d *Detection) ([]byte, error) {
	j := detectionJSON{
		Timestamp: stamp(d.Time),
		ECS:       ecsJSON{ECSVersion},
		Event:     e.detectionEvent(d),
		Message:   d.Message,
		Rule: ruleJSON{
			ID: "hookhound." + d.Kind, Name: ruleName(d.Kind), Category: d.Class, Ruleset: "hookhound",
			Reference: "https://github.com/hookhound/hookhound/tree/main/rules/" + d.Kind,
		},
		Source:   endpointJSON{IP: d.Client.String()},
		Network:  networkJSON{Transport: transport(d.Protocol), Direction: d.Direction.String()},
		Related:  related(d),
		Threat:   threat(d),
		Observer: e.observer(),
		Hookhound: detectionExtra{
			Schema: SchemaVersion, Mode: e.Mode, Site: d.Site, Kind: d.Kind,
			Severity: d.Severity().String(), List: list(d), Rank: d.Rank,
			Episode: idJSON{d.Episode}, Revision: d.Revision,
			Pair:    pairJSON{Client: d.Client.String(), Service: Text(d.Service)},
			Service: Text(d.Service), ServiceName: d.ServiceName, Class: d.Class,
			Tenant: tenant(d.Tenants), Score: terms(d.Terms), Beacon: rhythm(&d.Rhythm),
			Timeline: beats(d.Timeline), Visibility: visibilityOf(d.Visibility),
		},
	}
	if d.Via.IsValid() {
		j.Source.NAT = &natJSON{d.Via.String()}
	}
	j.evidence(d)
	if d.Threatening() {
		j.Hookhound.SafeMCP = &safeMCP{idJSON{"SAFE-T1901"}}
	}
	j.tls(d)
	return marshal(&j)
}

// evidence fills in what was called and by which connections.
func (j *detectionJSON) evidence(d *Detection) {
	to := detectionDest{Port: d.ServerPort}
	if len(d.Servers) > 0 {
		to.IP = d.Servers[0].String()
	}
	to.Domain = newest(d.Names)
	if to != (detectionDest{}) {
		j.Destination = &to
	}
	if len(d.Flows) > 0 {
		j.Network.CommunityID = d.Flows
	}
}

// Threatening tells whether the kind stands for exfiltration over webhooks
// rather than for a rhythm alone.
func (d *Detection) Threatening() bool { return d.Kind != KindBeacon }

func (e *Encoder) detectionEvent(d *Detection) eventJSON {
	score, severity := round(d.Score, 1), d.Severity().Number()
	kind := "alert"
	if d.Hunt {
		kind = "event"
	}
	j := eventJSON{
		Kind: kind, Category: []string{"network", "intrusion_detection"}, Type: []string{"info"},
		Dataset: "hookhound.detection", Action: string(d.Action), ID: d.EventID(),
		Created: e.created(), Score: &score, Severity: &severity,
	}
	j.span(d.Start, d.End)
	return j
}

func (j *detectionJSON) tls(d *Detection) {
	f := d.Fingerprint
	if f.JA4 == "" && d.JA3S == "" {
		return
	}
	j.Network.Protocol = secured(d.Protocol)
	j.TLS = &tlsJSON{Version: d.Version}
	if d.JA3S != "" {
		j.TLS.Server = &tlsServerJSON{d.JA3S}
	}
	if f.JA4 != "" {
		j.TLS.Client = &tlsClientJSON{ServerName: Text(d.ServerName), JA3: f.JA3}
		x := &extraTLS{}
		x.Client.JA4, x.Client.JA4Raw, x.Client.JA4Stable = f.JA4, f.JA4Raw, f.JA4Stable
		j.Hookhound.TLS = x
	}
}

func newest(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return Text(names[0])
}

func ruleName(kind string) string {
	if kind == KindWebhookBeacon {
		return "Rhythmic calls to a webhook service"
	}
	return "Rhythmic calls to a service outside the catalogue"
}

func list(d *Detection) string {
	if d.Hunt {
		return "hunt"
	}
	return "alert"
}

func related(d *Detection) relatedJSON {
	r := relatedJSON{IP: append([]string{d.Client.String()}, addrs(d.Servers)...)}
	if d.Via.IsValid() {
		r.IP = append(r.IP, d.Via.String())
	}
	for _, n := range d.Names {
		r.Hosts = append(r.Hosts, Text(n))
	}
	for _, h := range []string{d.Fingerprint.JA3, d.Fingerprint.JA4, d.JA3S} {
		if h != "" {
			r.Hash = append(r.Hash, h)
		}
	}
	return r
}

// threat names the technique in MITRE ATT&CK.
func threat(d *Detection) *threatJSON {
	const site = "https://attack.mitre.org/"
	if !d.Threatening() {
		return &threatJSON{
			Framework: "MITRE ATT&CK",
			Tactic:    threatPart{[]string{"TA0011"}, []string{"Command and Control"}, []string{site + "tactics/TA0011/"}},
			Technique: techniquesJSON{threatPart: threatPart{[]string{"T1071"}, []string{"Application Layer Protocol"}, []string{site + "techniques/T1071/"}},
				Sub: &threatPart{[]string{"T1071.001"}, []string{"Web Protocols"}, []string{site + "techniques/T1071/001/"}}},
		}
	}
	return &threatJSON{
		Framework: "MITRE ATT&CK",
		Tactic:    threatPart{[]string{"TA0010"}, []string{"Exfiltration"}, []string{site + "tactics/TA0010/"}},
		Technique: techniquesJSON{threatPart: threatPart{[]string{"T1567"}, []string{"Exfiltration Over Web Service"}, []string{site + "techniques/T1567/"}},
			Sub: &threatPart{[]string{"T1567.004"}, []string{"Exfiltration Over Webhook"}, []string{site + "techniques/T1567/004/"}}},
	}
}

func tenant(all []string) any {
	switch len(all) {
	case 0:
		return nil
	case 1:
		return Text(all[0])
	}
	out := make([]string, len(all))
	for i, t := range all {
		out[i] = Text(t)
	}
	return out
}

func terms(all []Term) []termJSON {
	out := make([]termJSON, len(all))
	for i, t := range all {
		out[i] = termJSON{t.Name, round(t.Value, 1), t.Why}
	}
	return out
}

func rhythm(r *Rhythm) *rhythmJSON {
	return &rhythmJSON{
		Count: r.Count, Interval: round(r.Interval.Seconds(), 3), Jitter: round(r.Jitter, 3), Shape: r.Shape,
		Missed: round(r.Missed, 3), UpMedian: r.UpMedian, DownMedian: r.DownMedian, Inside: r.Inside, Conns: r.Conns,
	}
}

func beats(all []Beat) []beatJSON {
	out := make([]beatJSON, len(all))
	for i, b := range all {
		out[i] = beatJSON{stamp(b.Time), b.Up, b.Down}
	}
	return out
}
