module.exports = require('@langchain/openai')
