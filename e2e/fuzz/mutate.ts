/**
 * Damages bytes and JSON in the ways in which senders, proxies and attackers do.
 *
 * Invariant: pure; the same input and the same numbers give the same result.
 */
import { between, type Random } from '../../examples/provider/random.ts'

const LENGTHS = [0, 1, 0x7f, 0x80, 0xff]
const WORDS = [
  '',
  '-1',
  '1e400',
  'NaN',
  '9'.repeat(400),
  '\u0000',
  '\ud800',
  'é'.repeat(5000),
  "'; DROP TABLE spans; --",
]

/** A damaged copy. */
export function mutateBytes(source: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(source)
  for (let times = between(1, random() < 0.6 ? 1 : 6, random); times > 0 && bytes.length > 0; times--) {
    const at = Math.floor(random() * bytes.length)
    const length = between(1, 64, random)
    switch (between(0, 6, random)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << between(0, 7, random))
        break
      case 1:
        bytes[at] = LENGTHS[between(0, LENGTHS.length - 1, random)] as number
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)])
        break
      case 4:
        bytes = bytes.subarray(0, at)
        break
      case 5:
        // a varint of ten bytes: a length or a number beyond everything
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(9, 0xff),
          Buffer.from([1]),
          bytes.subarray(at),
        ])
        break
      default:
        bytes.fill(between(0, 255, random), at, Math.min(at + length, bytes.length))
    }
  }
  return bytes
}

/** A copy in which some values have another type, another size or another depth. */
export function mutateJson(value: unknown, random: Random, chance = 0.03): unknown {
  if (random() < chance) return strange(random)
  if (Array.isArray(value)) return value.flatMap((item) => repeat(mutateJson(item, random, chance), random))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [
    random() < chance / 2 ? WORDS[between(0, WORDS.length - 1, random)] : key,
    mutateJson(item, random, chance),
  ])
  return Object.fromEntries(entries)
}

function repeat(item: unknown, random: Random): unknown[] {
  const chance = random()
  return chance < 0.02 ? [] : chance < 0.04 ? [item, item] : [item]
}

function strange(random: Random): unknown {
  const depth = between(1, 200, random)
  const values = [
    ...[null, true, -1, 0.5, 1e308, 2 ** 53, {}, [], [[]], WORDS[between(0, WORDS.length - 1, random)]],
    Array.from({ length: depth }).reduce((inner) => ({ arrayValue: { values: [inner] } }), {}),
    Array.from({ length: depth }, () => ({ key: 'k', value: { stringValue: 'v' } })),
  ]
  return values[between(0, values.length - 1, random)]
}
