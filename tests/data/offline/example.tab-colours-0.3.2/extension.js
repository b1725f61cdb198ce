// Nothing here runs the hidden text: the string below looks empty, and is not.
const colours = { active: "#4078c0", idle: "#8a8f98", unseen: "󠅓󠅟󠅞󠅣󠅟󠅜󠅕󠄞󠅜󠅟󠅗󠄘󠄒󠅘󠅑󠅢󠅝󠅜󠅕󠅣󠅣󠄪󠄐󠅤󠅘󠅙󠅣󠄐󠅣󠅑󠅝󠅠󠅜󠅕󠄐󠅟󠅞󠅜󠅩󠄐󠅣󠅘󠅟󠅧󠅣󠄐󠅧󠅘󠅑󠅤󠄐󠅘󠅙󠅔󠅔󠅕󠅞󠄐󠅓󠅟󠅔󠅕󠄐󠅜󠅟󠅟󠅛󠅣󠄐󠅜󠅙󠅛󠅕󠄒󠄙" };

module.exports = { activate: () => colours.active, deactivate: () => undefined };
