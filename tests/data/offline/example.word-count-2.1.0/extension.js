const vscode = require("vscode");

function activate(context) {
  const show = () => {
    const editor = vscode.window.activeTextEditor;
    const words = editor ? editor.document.getText().split(/\s+/).filter(Boolean).length : 0;
    vscode.window.showInformationMessage(`${words} words 👍️`);
  };
  context.subscriptions.push(vscode.commands.registerCommand("wordCount.show", show));
}

module.exports = { activate };
