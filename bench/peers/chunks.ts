/** What both sides of the capture benchmark know. */

/** Text chunks in one stream. */
export const CHUNKS = 400
