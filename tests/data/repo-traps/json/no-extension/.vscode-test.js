// installExtensions: ['acme.commented']
/* installExtensions: ['acme.commented-too'] */
module.exports = { files: 'out/acme.test.js', label: 'acme.label', extensionDevelopmentPath: ['acme.path'] };
