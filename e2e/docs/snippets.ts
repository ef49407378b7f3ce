/**
 * The code of the pages for users: every block, by its page, the heading above it and its place under that.
 *
 * Invariant: no block is left out, whatever language it is in.
 */
import { readFileSync } from 'node:fs'

const PAGES = ['README', 'getting-started', 'frameworks', 'paid-apis', 'meters', 'sdks'] as const

export interface Snippet {
  /** `getting-started: 4. Look`, and ` (2)` for the second one there. */
  name: string
  /** `ts`, `sh`, `sql`; empty for a drawing. */
  language: string
  code: string
}

/** All blocks of all pages. */
export function readSnippets(): Snippet[] {
  return PAGES.flatMap((page) => {
    const file = page === 'README' ? '../../README.md' : `../../docs/${page}.md`
    const text = readFileSync(new URL(file, import.meta.url), 'utf8')
    let heading = ''
    let count = 0
    return [...text.matchAll(/^#+ (?<title>.+)$|^```(?<language>\w*)\n(?<code>[\s\S]*?)^```$/gm)].flatMap(
      ({ groups = {} }) => {
        const { title, language = '', code = '' } = groups
        if (title !== undefined) {
          heading = title
          count = 0
          return []
        }
        count++
        return [{ name: `${page}: ${heading}${count > 1 ? ` (${count})` : ''}`, language, code }]
      },
    )
  })
}
