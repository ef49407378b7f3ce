/**
 * Everything that looks random in the local provider comes from here.
 *
 * Invariant: the same seed and the same text give the same numbers, on every machine and in every run.
 */
import { createHash } from 'node:crypto'

/** A stream of numbers in [0, 1), fixed by its seed. */
export type Random = () => number

/** A seeded generator (32-bit xorshift with a multiplicative finish); for looks, never for secrets. */
export function seededRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0) || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (Math.imul(state, 0x9e3779b1) >>> 0) / 2 ** 32
  }
}

/** An id of `length` letters and digits behind `prefix`, as the providers shape theirs. */
export function createId(prefix: string, length: number, random: Random): string {
  const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
  return prefix + Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('')
}

/** A whole number in [low, high]. */
export function between(low: number, high: number, random: Random): number {
  return low + Math.floor(random() * (high - low + 1))
}
