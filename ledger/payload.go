package ledger

import (
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"

	"stakeout/message"
)

// The compression dictionary is text that we wrote ourselves. One made from
// captured messages would pack a little better and keep their words alive
// after a purge. A file's rows name the dictionary they need, so a number's
// bytes never change; a better one gets the next number.
//
//go:embed dict/1.txt
var dict1 []byte

const dictNumber = 1

// Two salts of this many bytes, for the native and the normalised content.
const saltSize = 16

// payload is what can be purged: all that a message said.
type payload struct {
	salt   []byte // 2*saltSize
	same   []byte
	native []byte
	format string
	// content is the normalised form: an Observation's or Acquisition's JSON.
	content []byte
}

func newPayload(format string, native, content, same []byte) payload {
	salt := make([]byte, 2*saltSize)
	_, _ = rand.Read(salt) // never fails, see crypto/rand
	return payload{salt: salt, same: same, native: native, format: format, content: content}
}

func (p *payload) nativeHash() []byte  { return salted(p.salt[:saltSize], p.native) }
func (p *payload) contentHash() []byte { return salted(p.salt[saltSize:], p.content) }

func salted(salt, b []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(b)
	return h.Sum(nil)
}

// row is a payload as ledger_payload holds it: body is the zstd frame of
// format, native and content, each but the last with its length before it.
type row struct {
	salt, same []byte
	dict       int64
	body       []byte
	crc        int64
}

func (r *row) sum() int64 {
	c := crc32.ChecksumIEEE(r.salt)
	c = crc32.Update(c, crc32.IEEETable, r.same)
	c = crc32.Update(c, crc32.IEEETable, binary.AppendVarint(nil, r.dict))
	return int64(crc32.Update(c, crc32.IEEETable, r.body))
}

type encoder struct {
	zstd *zstd.Encoder
	raw  []byte
}

func newEncoder() (*encoder, error) {
	// With the dictionary's matches taken out, entropy coding what is left
	// costs a third of the time and saves three bytes in a hundred.
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithNoEntropyCompression(true), zstd.WithEncoderDictRaw(dictNumber, dict1))
	return &encoder{zstd: z}, err
}

func (e *encoder) pack(p *payload) row {
	raw := binary.AppendUvarint(e.raw[:0], uint64(len(p.format)))
	raw = append(raw, p.format...)
	raw = binary.AppendUvarint(raw, uint64(len(p.native)))
	raw = append(raw, p.native...)
	raw = append(raw, p.content...)
	e.raw = raw
	r := row{salt: p.salt, same: p.same, dict: dictNumber, body: e.zstd.EncodeAll(raw, nil)}
	r.crc = r.sum()
	if cap(e.raw) > 1<<20 {
		e.raw = nil // one huge message must not be paid for ever
	}
	return r
}

type decoder struct{ zstd *zstd.Decoder }

// A frame that claims to unpack to more than this is damaged: no connector
// takes a record near this size.
const maxPayload = 512 << 20

func newDecoder() (*decoder, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxPayload), zstd.WithDecoderDictRaw(dictNumber, dict1))
	return &decoder{z}, err
}

var errDamaged = errors.New("payload is damaged")

func (d *decoder) unpack(r *row) (payload, error) {
	p := payload{salt: r.salt, same: r.same}
	if r.dict != dictNumber {
		return p, fmt.Errorf("%w: unknown dictionary %d", errDamaged, r.dict)
	}
	raw, err := d.zstd.DecodeAll(r.body, nil)
	if err != nil {
		return p, fmt.Errorf("%w: %w", errDamaged, err)
	}
	part := func() []byte {
		n, k := binary.Uvarint(raw)
		if k <= 0 || n > uint64(len(raw)-k) {
			err = errDamaged
			return nil
		}
		b := raw[k : k+int(n) : k+int(n)]
		raw = raw[k+int(n):]
		return b
	}
	p.format = string(part())
	p.native = part()
	p.content = raw
	return p, err
}

// observation reads a payload's content back.
func (p *payload) observation(acquisition int64) (*message.Observation, error) {
	o := new(message.Observation)
	if err := json.Unmarshal(p.content, o); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	o.Native, o.Format, o.Acquisition = p.native, p.format, acquisition
	return o, nil
}
