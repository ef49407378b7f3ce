/**
 * What a client can know of a call that told no final usage, as the middleware documents it; the truth is billed.
 */
import { type LedgerEntry, NO_TOKENS } from '../examples/provider/ledger.ts'

/** The entry with what is estimated in the place of what was billed. */
export function estimate(entry: LedgerEntry | undefined): LedgerEntry {
  if (!entry) throw new Error('the call is not in the ledger')
  const { characters } = entry.sent
  if (characters === 0) return { ...entry, billed: NO_TOKENS }
  const outputText = Math.ceil(characters / 4)
  if (entry.api === 'messages') return { ...entry, billed: { ...entry.billed, outputText, reasoning: 0 } }
  // Gemini tells with every chunk what it has counted so far.
  if (entry.api === 'generate_content') {
    const { reasoning, outputText: counted } = entry.billed
    return { ...entry, billed: { ...entry.billed, outputText: Math.max(outputText - reasoning, counted) } }
  }
  return { ...entry, billed: { ...NO_TOKENS, inputUncached: Math.ceil(entry.requestBytes / 4), outputText } }
}
