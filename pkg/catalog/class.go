package catalog

// Class says what a service is for, and so why a call to it may matter.
// rules/README.md explains each with its weights.
type Class string

// The classes. ChatWebhook to SharedSite carry weight; LLMAPI, MCP and
// Registry describe what an agent host normally calls, Resolver what hides
// names, and they carry none.
const (
	// ChatWebhook takes messages into a chat room from whoever knows a URL.
	// Some hosts serve nothing else (Dedicated: yes); on others the chat's
	// own clients call too.
	ChatWebhook Class = "chat-webhook"
	// RequestBin shows every request that it receives to whoever opened the
	// bin, mostly without an account.
	RequestBin Class = "request-bin"
	// Interaction servers record lookups and calls that a payload provokes
	// out of band; made for testers of vulnerabilities.
	Interaction Class = "interaction"
	// Tunnel leads from a public name to a machine that nobody can name.
	Tunnel Class = "tunnel"
	// Bot is a chat's interface for programs: it carries commands in and
	// results out.
	Bot Class = "bot"
	// Automation runs somebody's workflow when its URL is called.
	Automation Class = "automation"
	// Push delivers notifications to a phone or a subscriber, or notes that a
	// job is alive.
	Push Class = "push"
	// Paste keeps text that anybody may write or read.
	Paste Class = "paste"
	// FileDrop keeps files, mostly without an account.
	FileDrop Class = "file-drop"
	// Serverless runs or hosts whatever its customer puts there, under a name
	// of the platform.
	Serverless Class = "serverless"
	// SharedSite is a trusted service that can be made to store messages: a
	// table, a document, an issue, a profile page.
	SharedSite Class = "shared-site"
	// LLMAPI answers prompts to a language model.
	LLMAPI Class = "llm-api"
	// MCP is a remote tool server of the Model Context Protocol, or a service
	// that an agent itself lives on.
	MCP Class = "mcp"
	// Registry hands out packages or images.
	Registry Class = "registry"
	// Resolver answers DNS in TLS, HTTPS or QUIC, out of the sight of whoever
	// watches port 53.
	Resolver Class = "resolver"
)

// Classes returns all classes in the order in which they are explained.
func Classes() []Class {
	return []Class{
		ChatWebhook, RequestBin, Interaction, Tunnel, Bot, Automation, Push,
		Paste, FileDrop, Serverless, SharedSite, LLMAPI, MCP, Registry, Resolver,
	}
}

// Meaning is one sentence for a person who sees the class for the first time,
// or "" for a class that does not exist.
func (c Class) Meaning() string {
	switch c {
	case ChatWebhook:
		return "posts into a chat room for whoever knows the URL"
	case RequestBin:
		return "shows each request it receives to whoever opened the bin"
	case Interaction:
		return "records lookups and calls that a payload provokes"
	case Tunnel:
		return "leads from a public name to a machine that nobody can name"
	case Bot:
		return "lets programs read and write in a chat"
	case Automation:
		return "runs somebody's workflow when its URL is called"
	case Push:
		return "delivers notifications, or notes that a job is alive"
	case Paste:
		return "keeps text that anybody may write or read"
	case FileDrop:
		return "keeps files, mostly without an account"
	case Serverless:
		return "runs whatever its customer puts there, under the platform's name"
	case SharedSite:
		return "is a trusted service that can be made to store messages"
	case LLMAPI:
		return "answers prompts to a language model"
	case MCP:
		return "serves tools to agents, or is what an agent lives on"
	case Registry:
		return "hands out packages or images"
	case Resolver:
		return "answers encrypted DNS"
	}
	return ""
}

// Scores tells whether a service of the class may carry weight.
func (c Class) Scores() bool {
	switch c {
	case LLMAPI, MCP, Registry, Resolver, "":
		return false
	}
	return true
}

// Dedicated says how much the host's name alone proves.
type Dedicated uint8

const (
	// Shared hosts serve other things too: the name alone proves little.
	Shared Dedicated = iota
	// OneUse hosts serve nothing but what the class says: the name suffices.
	OneUse
	// Infra hosts are called by the machine that offers the service rather
	// than by one that uses it: the client runs a tunnel or polls for what
	// its payloads brought in.
	Infra
)

// String is the word used in YAML.
func (d Dedicated) String() string {
	switch d {
	case OneUse:
		return "yes"
	case Infra:
		return "infra"
	}
	return "no"
}

// Place says where in a call the tenant stands.
type Place string

// The places. Only Subdomain can be seen when all that is known is a name.
const (
	Subdomain Place = "subdomain"
	Path      Place = "path"
	Query     Place = "query"
	Header    Place = "header"
	Body      Place = "body"
	Port      Place = "port"
)

func places() []Place { return []Place{Subdomain, Path, Query, Header, Body, Port} }

// Means says what a URL of a known shape does.
type Means string

// The meanings of a shape.
const (
	// MeansWebhook sends something through a webhook.
	MeansWebhook Means = "webhook"
	// MeansCreate makes a new webhook or forwarder.
	MeansCreate Means = "create"
	// MeansBot speaks as a bot, in either direction.
	MeansBot Means = "bot"
	// MeansRead fetches what others have left.
	MeansRead Means = "read"
	// MeansWrite leaves something for others.
	MeansWrite Means = "write"
)

func meanings() []Means {
	return []Means{MeansWebhook, MeansCreate, MeansBot, MeansRead, MeansWrite}
}
