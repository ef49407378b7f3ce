/**
 * The file of tokens that `spanmeter token` writes and the collector reads.
 *
 * Invariant: it is replaced whole or not at all, only its owner can read it, and it holds no secret.
 */
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type KeptToken, tokenListSchema } from './token.ts'

/** The file cannot be used; the message says why. */
export class TokensFileError extends Error {
  override readonly name = 'TokensFileError'
}

/** The tokens of a file; none where there is no file. Throws `TokensFileError`. */
export async function readTokensFile(path: string): Promise<KeptToken[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw new TokensFileError(
      `cannot read the tokens file ${path}: ${(cause as Error).message}; make it readable for the collector`,
      { cause },
    )
  }
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (cause) {
    throw new TokensFileError(
      `cannot read the tokens file ${path}: it is no JSON (${(cause as Error).message}); restore it, or remove it and make new tokens`,
      { cause },
    )
  }
  const result = tokenListSchema.safeParse(data)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path: at, message }) => `${at.join('.') || 'it'}: ${message}`)
  throw new TokensFileError(`cannot use the tokens file ${path}: ${faults.join('; ')}`)
}

/** Replaces the file. Throws `TokensFileError`. */
export async function writeTokensFile(path: string, tokens: readonly KeptToken[]): Promise<void> {
  const fresh = `${path}.${process.pid}.new`
  try {
    const file = await open(fresh, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(tokens, undefined, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
    const directory = await open(dirname(path), 'r')
    await directory.sync()
    await directory.close()
  } catch (cause) {
    await rm(fresh, { force: true })
    throw new TokensFileError(
      `cannot write the tokens file ${path}: ${(cause as Error).message}; run this as the collector's user`,
      { cause },
    )
  }
}
