// Package detect finds, in a stream of messages, what the rules describe. It
// reads each message once: folds it, splits it into words, looks each word up
// in one dictionary of terms and names, finds entities (telephone numbers,
// addresses, keys …), and lets the conditions judge these facts together with
// those of the messages before it in the conversation.
//
// It promises: a bounded amount of memory over any number of channels and
// messages; findings whose Reason holds no message text and no protected
// name, only initials, kinds and names of term families; the same findings for
// the same messages in the same order. It never stores, sends or tests
// anything it finds.
package detect
