/* SPDX-License-Identifier: Apache-2.0
 *
 * commands.c - the one table of commands. Parsing, help, the manual page,
 * completion and the error texts all come from here; a new command is a row
 * here and a file beside it.
 */
#include "cli/commands.h"

#define OPTION(name, type, flags, defval, range, value, complete, help)        \
    {                                                                          \
        {name, type, flags, defval, range, help, "0.1"}, value, complete       \
    }
#define FLAG(name, help)                                                       \
    OPTION(name, VT_T_BOOL, 0, "no", NULL, NULL, VT_COMPLETE_NONE, help)
#define TEXT(name, defval, value, complete, help)                              \
    OPTION(name, VT_T_STRING, 0, defval, NULL, value, complete, help)
#define PATH(name, value, complete, help)                                      \
    OPTION(name, VT_T_PATH, 0, "", NULL, value, complete, help)

/* Options several commands share. */
#define PLUGINS                                                                \
    PATH("plugins", "DIR", VT_COMPLETE_DIR, "folder of plugins, searched first")
#define KEYS                                                                   \
    PATH("keys", "DIR", VT_COMPLETE_DIR, "folder of keys instead of your own")
#define PASSWORD_FILE                                                          \
    PATH("password_file", "FILE", VT_COMPLETE_FILE,                            \
         "file whose first line is the password")
#define NO_PASSWORD                                                            \
    FLAG("no_password", "do not protect the key: for development and "         \
                        "unattended nodes")
#define SCHEME                                                                 \
    TEXT("scheme", "schnorr", "STEM", VT_COMPLETE_SCHEME,                      \
         "signature plugin the key is for")
#define CHAIN                                                                  \
    TEXT("chain", "main", "NAME", VT_COMPLETE_CHAIN, "name of the chain")
#define TIMEOUT                                                                \
    OPTION("timeout", VT_T_DURATION_NS, 0, "30s", "1ms..60s", "TIME",          \
           VT_COMPLETE_NONE, "how long to wait")
#define WAIT                                                                   \
    OPTION("wait", VT_T_ENUM, 0, "final",                                      \
           "received|witnessed|notarized|final|executed", "STAGE",             \
           VT_COMPLETE_NONE, "what to wait for")
#define PROOF FLAG("proof", "print what proves the stage, for `tx verify`")
#define KEY                                                                    \
    OPTION("key", VT_T_STRING, VT_KF_REQUIRED, NULL, NULL, "NAME",             \
           VT_COMPLETE_KEY, "key that signs, by name or path")
#define COUNT(name, defval, range, help)                                       \
    OPTION(name, VT_T_UINT, 0, defval, range, "N", VT_COMPLETE_NONE, help)
#define SET                                                                    \
    TEXT("set", "", "ROWS", VT_COMPLETE_NONE,                                  \
         "values for the subchains asked for, `section.key = value; ...`")
/* The envelope of a transaction. */
#define TX_OPTIONS CHAIN, ENVELOPE
#define ENVELOPE                                                               \
    KEY, KEYS, PASSWORD_FILE,                                                  \
        TEXT("fee", "0", "AMOUNT", VT_COMPLETE_NONE,                           \
             "fee in whole units of the gas asset"),                           \
        OPTION("nonce", VT_T_UINT, 0, "0", NULL, "N", VT_COMPLETE_NONE,        \
               "the sender's next by default"),                                \
        OPTION("valid_for", VT_T_UINT, 0, "0", "0..1000000", "BLOCKS",         \
               VT_COMPLETE_NONE, "refuse it in later blocks; 0 is never"),     \
        WAIT, TIMEOUT, PROOF,                                                  \
        FLAG("dry_run", "print the signed bytes, send nothing"),               \
        PATH("unsigned", "FILE", VT_COMPLETE_FILE,                             \
             "with an account of several keys: write a new file for `tx "      \
             "sign`, send nothing"),                                           \
        PLUGINS

const struct vt_cli_option vt_cli_globals[] = {
    FLAG("json", "print one JSON value on stdout, also for errors"),
    TEXT("node", "", "ENDPOINT", VT_COMPLETE_NONE,
         "node to ask: host:port, unix:/path or the name of a context; "
         "VTCHAIN_NODE, the current context or 127.0.0.1:7201 by default"),
    FLAG("no_color", "no colour, also on a terminal"),
    FLAG("quiet", "no notes and no progress on stderr"),
    FLAG("verbose", "tell on stderr what is asked and how long it takes"),
    FLAG("help", "show help for the command"),
    FLAG("version", "show the version"),
    {{0}, NULL, VT_COMPLETE_NONE}};

const struct vt_cli_command vt_cli_commands[] = {
    {.path = "help",
     .summary = "show help for everything, a group or a command",
     .args = {{"COMMAND", "words of the command, as in `key new`",
               VT_ARG_OPTIONAL | VT_ARG_MANY, VT_COMPLETE_COMMAND}},
     .options = {FLAG("man", "print the manual page, roff")},
     .example = "vtchain help key new",
     .run = vt_cmd_help},
    {.path = "version",
     .summary = "show the versions of the release and of the plugin ABI",
     .example = "vtchain version",
     .run = vt_cmd_version},
    {.path = "completion",
     .summary = "print a shell's completion script",
     .args = {{"SHELL", "bash", 0, VT_COMPLETE_SHELL}},
     .example = "vtchain completion bash",
     .run = vt_cmd_completion},
    {.path = "complete",
     .summary = "candidates for a word; the completion scripts call it",
     .args = {{"N", "index of the word", 0, VT_COMPLETE_NONE},
              {"WORD", "all words", VT_ARG_MANY, VT_COMPLETE_NONE}},
     .options = {KEYS, PLUGINS},
     .example = "vtchain complete -- 1 vtchain ke",
     .run = vt_cmd_complete,
     .flags = VT_CLI_HIDDEN},

    /* ---- keys ------------------------------------------------------------ */
    {.path = "key new",
     .summary = "make a key pair and write its key file",
     .details = "The file is sealed with a password that is asked for, or "
                "read from a file. A key is never overwritten.",
     .args = {{"NAME", "name of the key, or a path with a slash", 0,
               VT_COMPLETE_NONE}},
     .options = {SCHEME, KEYS, PASSWORD_FILE, NO_PASSWORD, PLUGINS},
     .example = "vtchain key new alice --no-password",
     .run = vt_cmd_key_new},
    {.path = "key list",
     .summary = "list the keys in the folder of keys",
     .options = {KEYS},
     .example = "vtchain key list",
     .run = vt_cmd_key_list},
    {.path = "key show",
     .summary = "show address and public key of a key or account",
     .args = {{"NAME", "name or path of a key or account", 0, VT_COMPLETE_KEY}},
     .options = {KEYS, PLUGINS},
     .example = "vtchain key show alice",
     .run = vt_cmd_key_show},
    {.path = "key address",
     .summary = "print the address of a key, nothing else",
     .args = {{"NAME", "name or path of a key or account", 0, VT_COMPLETE_KEY}},
     .options = {FLAG("subchain", "the form with the prefix of subchains"),
                 KEYS, PLUGINS},
     .example = "vtchain key address alice",
     .run = vt_cmd_key_address},
    {.path = "key export",
     .summary = "write the secret of a key, in hexadecimal, to a new file",
     .args = {{"NAME", "name or path of the key", 0, VT_COMPLETE_KEY}},
     .options = {OPTION("out", VT_T_PATH, VT_KF_REQUIRED, NULL, NULL, "FILE",
                        VT_COMPLETE_FILE, "new file, mode 0600"),
                 KEYS, PASSWORD_FILE, PLUGINS},
     .example = "vtchain key export alice --out alice.secret",
     .run = vt_cmd_key_export},
    {.path = "key import",
     .summary = "make a key file from a secret",
     .args = {{"NAME", "name of the new key, or a path with a slash", 0,
               VT_COMPLETE_NONE}},
     .options = {OPTION("secret_file", VT_T_STRING, VT_KF_REQUIRED, NULL, NULL,
                        "FILE", VT_COMPLETE_FILE,
                        "holds the secret in hexadecimal; - is stdin"),
                 SCHEME, KEYS, PASSWORD_FILE, NO_PASSWORD, PLUGINS},
     .example = "vtchain key import alice2 --secret-file alice.secret "
                "--no-password",
     .run = vt_cmd_key_import},
    {.path = "key password",
     .summary = "change the password of a key",
     .args = {{"NAME", "name or path of the key", 0, VT_COMPLETE_KEY}},
     .options = {KEYS, PASSWORD_FILE,
                 PATH("new_password_file", "FILE", VT_COMPLETE_FILE,
                      "file whose first line is the new password"),
                 NO_PASSWORD, PLUGINS},
     .example = "vtchain key password alice2 --no-password",
     .run = vt_cmd_key_password},
    {.path = "key multisig",
     .summary = "make an account of several keys",
     .details =
         "With --all the keys sign as one (MuSig2): the account looks like any "
         "other and costs no more. With --threshold K any K of the keys sign "
         "and the account lists them all. The file holds nothing secret; the "
         "other signers need it, or make it anew from the same keys.",
     .args = {{"NAME", "name of the account, or a path with a slash", 0,
               VT_COMPLETE_NONE},
              {"KEY", "name of a key, or a public key in hexadecimal",
               VT_ARG_MANY, VT_COMPLETE_KEY}},
     .options = {FLAG("all", "all keys sign, as one"),
                 COUNT("threshold", "0", "0..16", "this many keys sign"),
                 SCHEME, KEYS, PLUGINS},
     .example = "vtchain key multisig shared alice "
                "1b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd"
                "078f --threshold 2",
     .run = vt_cmd_key_multisig},

    /* ---- plugins --------------------------------------------------------- */
    {.path = "plugin list",
     .summary = "list the plugins in the search path",
     .options = {FLAG("all", "show refused files, too, with the reason"),
                 PLUGINS},
     .example = "vtchain plugin list --all",
     .run = vt_cmd_plugin_list},
    {.path = "plugin info",
     .summary = "show what a plugin offers, needs and can be told",
     .args = {{"STEM", "name of the plugin", 0, VT_COMPLETE_STEM}},
     .options = {PLUGINS},
     .example = "vtchain plugin info schnorr",
     .run = vt_cmd_plugin_info},
    {.path = "plugin check",
     .summary = "would these files be loaded? Says why not",
     .details =
         "With --conformance the plugin is loaded and tried, each test in a "
         "process of its own. Levels: 3 it loads and describes itself, 5 it "
         "works with VTChain, 8 it is fit for a public chain, 10 for a night. "
         "Options come from STEM.conform.ini beside FILE if there is one.",
     .args = {{"FILE", "path of a plugin", VT_ARG_MANY | VT_ARG_OPTIONAL,
               VT_COMPLETE_FILE}},
     .options = {FLAG("conformance",
                      "try whether it keeps the plugin contract"),
                 COUNT("level", "5", "1..10", "tests up to this level"),
                 COUNT("seed", "1", NULL, "where chance comes from"),
                 TEXT("test", "", "NAME", VT_COMPLETE_NONE,
                      "this test only, at any level"),
                 TEXT("options", "", "INI", VT_COMPLETE_NONE,
                      "rows for the plugin's section, as `window = 8`, instead "
                      "of STEM.conform.ini"),
                 FLAG("tap", "print the Test Anything Protocol"),
                 OPTION("keep", VT_T_PATH, 0, "", NULL, "DIR", VT_COMPLETE_DIR,
                        "write a file there for each failure"),
                 PATH("reproduce", "FILE", VT_COMPLETE_FILE,
                      "run the failure of a file that --keep wrote")},
     .example = "vtchain plugin check ./schnorr.so",
     .run = vt_cmd_plugin_check},

    /* ---- configuration --------------------------------------------------- */
    {.path = "config check",
     .summary = "check INI files of nodes and chains, tell all problems",
     .details = "A node's file brings the chains it names. The sections of "
                "plugins are checked with the plugins themselves.",
     .args = {{"FILE", "an INI file", VT_ARG_MANY, VT_COMPLETE_FILE}},
     .options = {PLUGINS},
     .example = "vtchain config check node.ini",
     .run = vt_cmd_config_check},
    {.path = "config defaults",
     .summary = "print a section with all keys, defaults and comments",
     .args = {{"SECTION", "a section of a node's or chain's INI, or a plugin",
               VT_ARG_MANY, VT_COMPLETE_SECTION}},
     .options = {PLUGINS},
     .example = "vtchain config defaults node network",
     .run = vt_cmd_config_defaults},
    {.path = "config dump",
     .summary = "print the values an INI file leads to, and where from",
     .args = {{"FILE", "an INI file", 0, VT_COMPLETE_FILE}},
     .options = {PLUGINS},
     .example = "vtchain config dump node.ini",
     .run = vt_cmd_config_dump},

    /* ---- asking a node --------------------------------------------------- */
    {.path = "status",
     .summary = "show a node's state, chains and peers",
     .example = "vtchain status",
     .run = vt_cmd_status,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "peers",
     .summary = "list the nodes this node is connected with",
     .example = "vtchain peers",
     .run = vt_cmd_peers,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "chain list",
     .summary = "list the chains of a node",
     .example = "vtchain chain list",
     .run = vt_cmd_chain_list,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "chain status",
     .summary = "show heights, roots and counters of a chain",
     .args = {{"NAME", "name of the chain", 0, VT_COMPLETE_CHAIN}},
     .example = "vtchain chain status main",
     .run = vt_cmd_chain_status,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "block show",
     .summary = "show a final block",
     .args = {{"BLOCK", "height or id; the last one by default",
               VT_ARG_OPTIONAL, VT_COMPLETE_NONE}},
     .options = {CHAIN, FLAG("txs", "decode its transactions")},
     .example = "vtchain block show 1",
     .run = vt_cmd_block_show,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "events",
     .summary = "follow the final blocks of a chain until Ctrl-C",
     .details = "With --json each event is one line of JSON.",
     .options = {CHAIN,
                 TEXT("types", "", "LIST", VT_COMPLETE_NONE,
                      "only these: final, halted"),
                 OPTION("count", VT_T_UINT, 0, "0", NULL, "N", VT_COMPLETE_NONE,
                        "stop after so many; 0 is never")},
     .example = "vtchain events --count 1",
     .run = vt_cmd_events,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "account show",
     .summary = "show the balances of an address",
     .args = {{"ADDRESS", "vt1... or vs1...", 0, VT_COMPLETE_NONE}},
     .options = {CHAIN, FLAG("proof", "ask for proofs and check them here")},
     .example = "vtchain account show "
                "vt1qy9mws957qf3qegddpzvkfgwpjdm63t8hc0ug6lp --proof",
     .run = vt_cmd_account_show,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "asset show",
     .summary = "show an asset",
     .args = {{"ASSET", "symbol of token or gas, id, or ISSUER/SYMBOL", 0,
               VT_COMPLETE_NONE}},
     .options = {CHAIN},
     .example = "vtchain asset show BVC",
     .run = vt_cmd_asset_show,
     .flags = VT_CLI_NEEDS_NODE},

    /* ---- transactions ---------------------------------------------------- */
    {.path = "tx send",
     .summary = "transfer an amount and wait until it is final",
     .args = {{"TO", "address that gets it", 0, VT_COMPLETE_NONE},
              {"AMOUNT", "whole units, as 12.5", 0, VT_COMPLETE_NONE},
              {"ASSET",
               "symbol of token or gas, id, or ISSUER/SYMBOL; the "
               "token by default",
               VT_ARG_OPTIONAL, VT_COMPLETE_NONE}},
     .options = {TX_OPTIONS, TEXT("memo", "", "TEXT", VT_COMPLETE_NONE,
                                  "text that goes with it, 256 bytes at most")},
     .example = "vtchain tx send vt1qy9mws957qf3qegddpzvkfgwpjdm63t8hc0ug6lp "
                "12.5 --key alice",
     .run = vt_cmd_tx_send,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "tx submit",
     .summary = "send a finished transaction, as --dry-run printed it",
     .args = {{"RAW", "its bytes in hexadecimal", 0, VT_COMPLETE_NONE}},
     .options = {CHAIN, WAIT, TIMEOUT, PROOF},
     .example = "vtchain tx submit \"$(vtchain tx send "
                "vt1qy9mws957qf3qegddpzvkfgwpjdm63t8hc0ug6lp 1 --key alice "
                "--dry-run)\"",
     .run = vt_cmd_tx_submit,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "tx sign",
     .summary = "sign a transaction of an account of several keys",
     .details =
         "REQUEST comes from --unsigned of the command that makes the "
         "transaction. Where some of the keys sign, once is enough. Where all "
         "sign as one there are two rounds: first each signer writes a nonce, "
         "then each signs with the NONCE files of all. The secret half of a "
         "nonce stays in the folder of keys and serves once; never copy it.",
     .args = {{"REQUEST", "file with the transaction", 0, VT_COMPLETE_FILE},
              {"NONCE", "second round: files of all signers",
               VT_ARG_OPTIONAL | VT_ARG_MANY, VT_COMPLETE_FILE}},
     .options = {KEY, KEYS, PASSWORD_FILE,
                 OPTION("out", VT_T_PATH, VT_KF_REQUIRED, NULL, NULL, "FILE",
                        VT_COMPLETE_FILE, "new file for the others"),
                 PLUGINS},
     .example = "vtchain tx sign pay.tx --key alice --out alice.part",
     .run = vt_cmd_tx_sign},
    {.path = "tx combine",
     .summary = "make a transaction of what its signers wrote",
     .details = "Every part is checked, and one that does not fit is named. "
                "Prints the finished transaction for `tx submit`.",
     .args = {{"REQUEST", "file with the transaction", 0, VT_COMPLETE_FILE},
              {"PART", "files that `tx sign` wrote", VT_ARG_MANY,
               VT_COMPLETE_FILE}},
     .options = {KEYS, PLUGINS},
     .example = "vtchain tx combine pay.tx alice.part bob.part",
     .run = vt_cmd_tx_combine},
    {.path = "tx show",
     .summary = "where a transaction is, and its receipt",
     .args = {{"ID", "64 hexadecimal digits", 0, VT_COMPLETE_NONE}},
     .options = {CHAIN, FLAG("proof", "print what proves it, for `tx verify`")},
     .example = "vtchain tx show "
                "9f2c4d1e0b7a68539f2c4d1e0b7a68539f2c4d1e0b7a68539f2c4d1e0b7a"
                "6853",
     .run = vt_cmd_tx_show,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "tx verify",
     .summary = "check a proof that `tx show --proof` printed",
     .details =
         "Asks nobody: the parameters that the chain began with say who may "
         "make a block final, the proof leads from there to the transaction.",
     .args = {{"FILE", "the proof, - for standard input", 0, VT_COMPLETE_FILE}},
     .options = {OPTION("genesis", VT_T_PATH, VT_KF_REQUIRED, NULL, NULL,
                        "FILE", VT_COMPLETE_FILE,
                        "INI of the chain, as its nodes began with"),
                 PLUGINS},
     .example = "vtchain tx verify payment.json --genesis main.ini",
     .run = vt_cmd_tx_verify},
    {.path = "tx wait",
     .summary = "wait until a transaction is final",
     .args = {{"ID", "64 hexadecimal digits", 0, VT_COMPLETE_NONE}},
     .options = {CHAIN, TIMEOUT},
     .example = "vtchain tx wait "
                "9f2c4d1e0b7a68539f2c4d1e0b7a68539f2c4d1e0b7a68539f2c4d1e0b7a"
                "6853",
     .run = vt_cmd_tx_wait,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "chain switch",
     .summary = "let another engine decide the blocks of a running chain",
     .details =
         "Proposes what decides from a height on: another engine, other "
         "options, other members. When enough governors agree and two thirds "
         "of the next members are ready, the chain goes over without a stop; "
         "otherwise nothing changes. `chain status` shows how far it is.",
     .args = {{"CHAIN", "name of the chain", 0, VT_COMPLETE_CHAIN}},
     .options = {ENVELOPE,
                 TEXT("to", "", "STEM", VT_COMPLETE_STEM,
                      "consensus plugin; the present one with its options by "
                      "default"),
                 OPTION("at", VT_T_STRING, VT_KF_REQUIRED, NULL, NULL, "HEIGHT",
                        VT_COMPLETE_NONE,
                        "last height of the present one, or +N from now on"),
                 TEXT("options", "", "ROWS", VT_COMPLETE_NONE,
                      "rows of the engine's section, `a = 1; b = 2`"),
                 TEXT("members", "", "ROWS", VT_COMPLETE_NONE,
                      "`name = public key[, weight]; ...`; as now by default")},
     .example = "vtchain chain switch trade --to pbft --options 'window = 8' "
                "--at +200 --key alice --fee 0.001",
     .run = vt_cmd_chain_switch,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "chain requirements",
     .summary = "engines a node needs to verify a chain, by height",
     .args = {{"CHAIN", "name of the chain", 0, VT_COMPLETE_CHAIN}},
     .example = "vtchain chain requirements trade",
     .run = vt_cmd_chain_requirements,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "chain evidence",
     .summary = "members this node caught breaking their engine's rules",
     .details =
         "What this node saw: the first of each kind per member and epoch. "
         "KIND is explained in the engine's README; VERIFIED says that the "
         "engine's own check of the two signed items convicts the member. "
         "--json has the items.",
     .args = {{"CHAIN", "name of the chain", 0, VT_COMPLETE_CHAIN}},
     .example = "vtchain chain evidence trade",
     .run = vt_cmd_chain_evidence,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "chain offences",
     .summary = "members that provably broke their engine's rules",
     .args = {{"CHAIN", "name of the chain", 0, VT_COMPLETE_CHAIN}},
     .example = "vtchain chain offences trade",
     .run = vt_cmd_chain_offences,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "stake add",
     .summary = "lock tokens, which then vote",
     .details =
         "On a chain with an [election], stake counts for the candidate its "
         "owner votes for, and a candidate's own for itself. Part of it is "
         "burnt when its owner provably breaks the engine's rules as a "
         "member.",
     .args = {{"AMOUNT", "whole tokens, as 12.5", 0, VT_COMPLETE_NONE}},
     .options = {TX_OPTIONS},
     .example = "vtchain stake add 1000 --key alice --chain trade",
     .run = vt_cmd_stake_add,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "stake withdraw",
     .summary = "begin to unlock stake, take what is unlocked by now",
     .args = {{"AMOUNT", "whole tokens; without it only what is free is taken",
               VT_ARG_OPTIONAL, VT_COMPLETE_NONE}},
     .options = {TX_OPTIONS},
     .example = "vtchain stake withdraw 500 --key alice --chain trade",
     .run = vt_cmd_stake_withdraw,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "stake vote",
     .summary = "let your stake count for a candidate",
     .args = {{"CANDIDATE", "address of a candidate, or none", 0,
               VT_COMPLETE_NONE}},
     .options = {TX_OPTIONS},
     .example = "vtchain stake vote "
                "vt1qy9mws957qf3qegddpzvkfgwpjdm63t8hc0ug6lp --key alice "
                "--chain trade",
     .run = vt_cmd_stake_vote,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "stake stand",
     .summary = "let a node stand for election as a member of a chain",
     .details =
         "Signed with the node's own key, which is the one that will sign "
         "votes. The node must have enough stake of its own, see "
         "candidate_stake, and run the chain.",
     .args = {{"NAME", "name of the node, as in its certificate", 0,
               VT_COMPLETE_NONE}},
     .options = {TX_OPTIONS},
     .example = "vtchain stake stand node5 --key alice "
                "--chain trade",
     .run = vt_cmd_stake_stand,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "stake resign",
     .summary = "stand for election no longer",
     .options = {TX_OPTIONS},
     .example = "vtchain stake resign --key alice "
                "--chain trade",
     .run = vt_cmd_stake_resign,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "stake show",
     .summary = "stake of an address, whom it counts for, what is leaving",
     .args = {{"ADDRESS", "vt1... or vs1...", 0, VT_COMPLETE_NONE}},
     .options = {CHAIN},
     .example = "vtchain stake show "
                "vt1qy9mws957qf3qegddpzvkfgwpjdm63t8hc0ug6lp --chain trade",
     .run = vt_cmd_stake_show,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "stake candidates",
     .summary = "who stands for election, with how much behind them",
     .options = {CHAIN},
     .example = "vtchain stake candidates --chain trade",
     .run = vt_cmd_stake_candidates,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "asset register",
     .summary = "register an asset of your own",
     .args = {{"SYMBOL", "1 to 16 of A-Z and 0-9, a letter first", 0,
               VT_COMPLETE_NONE}},
     .options = {TX_OPTIONS,
                 TEXT("name", "", "TEXT", VT_COMPLETE_NONE,
                      "its name; the symbol by default"),
                 OPTION("decimals", VT_T_UINT, 0, "2", "0..18", "N",
                        VT_COMPLETE_NONE, "decimal places"),
                 TEXT("supply_max", "", "AMOUNT", VT_COMPLETE_NONE,
                      "most that may ever be issued; no limit by default")},
     .example = "vtchain asset register GOLD --name \"Fine gold\" --key alice",
     .run = vt_cmd_asset_register,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "asset issue",
     .summary = "issue an amount of an asset you registered",
     .args = {{"TO", "address that gets it", 0, VT_COMPLETE_NONE},
              {"AMOUNT", "whole units, as 12.5", 0, VT_COMPLETE_NONE},
              {"ASSET", "id, or ISSUER/SYMBOL", 0, VT_COMPLETE_NONE}},
     .options = {TX_OPTIONS},
     .example =
         "vtchain asset issue vt1qy9mws957qf3qegddpzvkfgwpjdm63t8hc0ug6lp 100 "
         "\"$(vtchain key address alice)/GOLD\" --key alice",
     .run = vt_cmd_asset_issue,
     .flags = VT_CLI_NEEDS_NODE},
    {.path = "dev",
     .summary = "run a whole network on this machine: nodes, chains, accounts",
     .details =
         "Makes an authority, certificates, keys, four nodes and three "
         "chains, "
         "starts them as processes that speak TLS with each other, and prints "
         "accounts, addresses and commands to try. Ctrl-C stops all; without "
         "--keep nothing is left behind.",
     .options = {COUNT("nodes", "4", "1..16", "nodes, all of them members"),
                 TEXT("chain", "", "LIST", VT_COMPLETE_NONE,
                      "more subchains, each with an engine: `fast=raft`"),
                 SET,
                 PATH("keep", "DIR", VT_COMPLETE_DIR,
                      "folder to use and keep; run again to go on with it"),
                 COUNT("port", "0", "0..65000",
                       "first port; 0 takes free ones from 7101 on"),
                 OPTION("for", VT_T_DURATION_NS, 0, "0s", "0s..24h", "TIME",
                        VT_COMPLETE_NONE,
                        "stop by itself after this; 0 is never"),
                 PLUGINS},
     .example = "vtchain dev --for 2s",
     .run = vt_cmd_dev},
    {.path = "node",
     .summary = "run a node in the foreground",
     .details = "The same as vtchaind. Stops on SIGTERM or Ctrl-C.",
     .args = {{"CONFIG", "the node's INI", 0, VT_COMPLETE_FILE}},
     .options = {FLAG("check", "open everything it names, then stop"), PLUGINS},
     .example = "vtchain node node.ini --check",
     .run = vt_cmd_node},
    {.path = "sim",
     .summary = "run a whole cluster in one process from a seed",
     .details =
         "The plugin file and the chain driver of a node, a virtual clock, a "
         "network that loses, repeats and delays, disks that lose what was "
         "not synced. The same seed gives the same run: equal trace hashes. "
         "Rates are per mille.",
     .options = {TEXT("engine", "pbft", "STEM", VT_COMPLETE_STEM,
                      "consensus plugin"),
                 TEXT("options", "", "INI", VT_COMPLETE_NONE,
                      "rows for the engine's section, as `window = 8`, instead "
                      "of STEM.conform.ini beside the plugin"),
                 COUNT("nodes", "4", "1..64", "members"),
                 COUNT("seed", "1", NULL, "where everything comes from"),
                 COUNT("seeds", "1", "1..100000000",
                       "runs, each with the next seed"),
                 COUNT("soak", "0", "0..1000000",
                       "seconds of seeds, each run twice, those preferred "
                       "that show something new"),
                 PATH("replay", "FILE", VT_COMPLETE_FILE,
                      "run this scenario and compare with what it expects"),
                 FLAG("shrink", "with --replay: make it smaller as long as it "
                                "breaks the same invariant"),
                 OPTION("keep", VT_T_PATH, 0, ".", NULL, "DIR", VT_COMPLETE_DIR,
                        "where replay files of failing seeds go"),
                 COUNT("steps", "2000000", "1..1000000000",
                       "events of one run, at most"),
                 COUNT("txs", "40", "0..100000", "transactions offered"),
                 TEXT("profile", "usual", "NAME", VT_COMPLETE_NONE,
                      "what goes wrong: calm, usual, network, disk, machine, "
                      "byzantine, twins or storm"),
                 COUNT("loss", "50", "0..900",
                       "frames lost; as the profile says unless given, as all "
                       "of the next"),
                 COUNT("duplicate", "20", "0..900", "frames that come twice"),
                 COUNT("reorder", "50", "0..1000", "frames that come late"),
                 COUNT("crashes", "2", "0..1000", "crashes with restart"),
                 COUNT("partitions", "1", "0..100", "partitions that heal"),
                 COUNT("byzantine", "0", "0..21",
                       "members that lie, fewer than a third"),
                 TEXT("switch", "", "LIST", VT_COMPLETE_NONE,
                      "engines to switch to while it runs, one after the "
                      "other: `raft, pbft window = 8`; `same` keeps it"),
                 FLAG("real_crypto", "real signatures instead of marked cheap "
                                     "ones"),
                 FLAG("validate", "check every call between host and plugin"),
                 FLAG("trace", "tell what happens, line by line"),
                 PATH("plot", "FILE", VT_COMPLETE_FILE,
                      "draw the messages of a stretch of the run, as SVG"),
                 OPTION("plot_from", VT_T_DURATION_NS, 0, "0ms", "0ms..1h",
                        "TIME", VT_COMPLETE_NONE, "where the stretch begins"),
                 OPTION("plot_for", VT_T_DURATION_NS, 0, "100ms", "1ms..1m",
                        "TIME", VT_COMPLETE_NONE, "how long it is"),
                 PLUGINS},
     .example = "vtchain sim --seed 7 --txs 10",
     .run = vt_cmd_sim},
    {.path = "bench",
     .summary = "measure a network of real processes on this machine",
     .details =
         "Makes a development network of its own, offers transfers of 256 "
         "accounts to all nodes and follows each until every node says it is "
         "final. The processor time the nodes spend is compared with that of "
         "bare signature checks, measured in the same run; the bytes they "
         "send each other are counted before encryption.",
     .options = {COUNT("nodes", "4", "1..16", "nodes"), CHAIN,
                 TEXT("engine", "", "STEM", VT_COMPLETE_STEM,
                      "measure a subchain with this engine instead"),
                 SET,
                 TEXT("scheme", "", "STEM", VT_COMPLETE_STEM,
                      "sign the transfers with this plugin; needs --engine"),
                 COUNT("seconds", "20", "1..3600", "length of the load"),
                 COUNT("rate", "0", "0..20000",
                       "transactions a second; 0 is as many as are taken"),
                 COUNT("window", "8192", "64..1000000",
                       "transactions under way at most"),
                 PATH("keep", "DIR", VT_COMPLETE_DIR,
                      "empty folder to use and keep, for its logs"),
                 PLUGINS},
     .example = "vtchain bench --seconds 2 --rate 200",
     .run = vt_cmd_bench},
    {.path = NULL}};
