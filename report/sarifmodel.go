package report

// The part of SARIF 2.1.0 that Seaworthy writes, by the names of the specification
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/). A test validates the output
// against the official schema. The Go library for SARIF was tried and left: it
// nests property bags in a second "properties", where no viewer looks for tags, and
// writes byteOffset -1 into every region.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool             `json:"tool"`
	Automation  *sarifAutomation      `json:"automationDetails,omitempty"`
	Provenance  []sarifVersionControl `json:"versionControlProvenance,omitempty"`
	BaseIDs     map[string]sarifBase  `json:"originalUriBaseIds"`
	Invocations []sarifInvocation     `json:"invocations"`
	Results     []sarifResult         `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID            string             `json:"id"`
	Name          string             `json:"name"`
	Short         sarifText          `json:"shortDescription"`
	Full          sarifText          `json:"fullDescription"`
	Help          sarifText          `json:"help"`
	HelpURI       string             `json:"helpUri,omitempty"`
	Configuration sarifConfiguration `json:"defaultConfiguration"`
	Properties    map[string]any     `json:"properties"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

// sarifText serves as message and as multiformatMessageString.
type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifBase struct {
	Description sarifText `json:"description"`
}

type sarifVersionControl struct {
	URI        string         `json:"repositoryUri"`
	Revision   string         `json:"revisionId,omitempty"`
	Branch     string         `json:"branch,omitempty"`
	MappedTo   sarifArtifact  `json:"mappedTo"`
	Properties map[string]any `json:"properties,omitempty"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Notifications []sarifNotification `json:"toolExecutionNotifications"`
}

type sarifNotification struct {
	Descriptor *sarifReference `json:"descriptor,omitempty"`
	Rule       *sarifReference `json:"associatedRule,omitempty"`
	Level      string          `json:"level"`
	Message    sarifText       `json:"message"`
	Locations  []sarifLocation `json:"locations,omitempty"`
}

type sarifReference struct {
	ID    string `json:"id"`
	Index *int   `json:"index,omitempty"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    *int              `json:"ruleIndex,omitempty"`
	Kind         string            `json:"kind"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
	Properties   map[string]any    `json:"properties"`
}

type sarifLocation struct {
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI  string `json:"uri,omitempty"`
	Base string `json:"uriBaseId"`
}

type sarifRegion struct {
	Start int `json:"startLine"`
	End   int `json:"endLine"`
}

type sarifLogical struct {
	Name     string `json:"name,omitempty"`
	FullName string `json:"fullyQualifiedName"`
	Kind     string `json:"kind"`
}
