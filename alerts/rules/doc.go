// Package rules reads what detection looks for: rule files in the spirit of
// Sigma (id, title, status, level, label, description, falsepositives, tags, a
// condition, inline examples) and term files that give families of words and
// phrases their names, language by language.
//
// A condition is made of names and calls:
//
//	person and (near(ask, home, 8) or recent(ask)) and not joke
//
// A name is a term family, or something the engine knows by itself (see
// Builtins): it holds when the message has it. near(a, b, n) holds when a and b
// stand at most n words apart; then(a, b, n) the same in this order;
// many(a, n) when a stands n times; atleast(n, a, b, c) when n of the
// conditions hold; recent(a, n) when the condition a holds for one of the n
// messages before in the conversation (without n: any in the window);
// replied(a) when it holds for the message answered to. Within these two,
// found(label) holds when that message had a finding with the label.
//
// Instead of a condition, or beside it, a rule may give points: conditions
// that each add to a sum or take from it, and the sum at which it holds. Parts
// used often get a name under define.
//
// A rule's also is a condition on the messages before: where the rule holds,
// those of the last few for which it holds are evidence too.
//
// Everything is checked at load: unknown keys and names, phrases that cannot
// be read, conditions that do not parse; the error names file and line and what
// to write instead. The package holds no engine: examples are run by
// detect.Test.
package rules
