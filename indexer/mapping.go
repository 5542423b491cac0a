package indexer

import (
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/registry"

	"stakeout/ledger"
	"stakeout/text"
)

// AnalyzerName is the name under which the analyzer of message text is
// registered with Bleve.
const AnalyzerName = "stakeout"

func init() {
	err := registry.RegisterAnalyzer(AnalyzerName, func(map[string]any, *registry.Cache) (analysis.Analyzer, error) {
		return analyzer{}, nil
	})
	if err != nil {
		panic(err) // the name is taken: a mistake in this program
	}
}

// analyzer gives the terms of a text: folded words, and of scripts without
// spaces single characters and pairs. No stop words and no stems: in eight
// languages mixed within one message either would lose words.
type analyzer struct{}

func (analyzer) Analyze(input []byte) analysis.TokenStream {
	f := text.Fold(string(input))
	var out analysis.TokenStream
	terms(f, words(f, nil), func(term string) {
		out = append(out, &analysis.Token{Term: []byte(term), Position: len(out) + 1})
	})
	return out
}

// NewMapping is the index's layout as a Bleve mapping: no stored fields, no
// term vectors, no frequencies, no field of everything; one column, to sort
// by time.
func NewMapping() mapping.IndexMapping {
	doc := bleve.NewDocumentStaticMapping()
	for _, name := range []string{fieldText, fieldAuthor, fieldChannel, fieldPlatform, fieldFlag, fieldDay, fieldSent} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer = keyword.Name
		if name == fieldText {
			f.Analyzer = AnalyzerName
		}
		f.Store, f.IncludeTermVectors, f.IncludeInAll = false, false, false
		f.DocValues, f.SkipFreqNorm = name == fieldSent, true
		doc.AddFieldMappingsAt(name, f)
	}
	m := bleve.NewIndexMapping()
	m.DefaultMapping = doc
	m.DefaultAnalyzer = keyword.Name
	m.StoreDynamic, m.IndexDynamic, m.DocValuesDynamic = false, false, false
	return m
}

// Document is an observation's entry as a value that NewMapping maps to the
// same document that the follower makes, with its id: what to give to Bleve
// when it is measured alone.
func Document(e ledger.Entry) (id string, value any) {
	o := e.Obs
	sent := sentTime(o)
	return docID(e.Seq), map[string]any{
		fieldText:     texts(o),
		fieldAuthor:   whole(o.Author.ID, o.Author.Handle, o.Author.Name),
		fieldChannel:  whole(o.Channel.ID, o.Channel.Name),
		fieldPlatform: whole(o.Channel.Platform),
		fieldFlag:     flags(o, state{}),
		fieldDay:      dayKey(sent),
		fieldSent:     timeKey(sent),
	}
}
