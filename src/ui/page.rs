//! What a person reads before consenting: a program that somebody else wrote, and the session around it.
//!
//! The text comes from another machine. Whatever could move the cursor, hide or reorder what follows is shown as an escape.

use std::fmt::Write;

use console::{Style, style};
use indicatif::{HumanBytes, HumanCount};
use iroh_mpc::{
    engine,
    estimate::Cost,
    program::Program,
    proto::{
        attest::Statement,
        wire::{Terms, Transport},
    },
    receipt::{Receipt, hex, rfc3339},
    session::Gathered,
};
use serde_json::{Value, json};

/// Garble's words.
const KEYWORDS: [&str; 15] = [
    "as", "const", "else", "enum", "false", "fn", "for", "if", "in", "let", "match", "mut", "pub",
    "struct", "true",
];

/// The first page: the program, what it takes from this seat, who learns the result, and the terms.
pub fn first(program: &Program, seat: usize, terms: &Terms) -> String {
    let text = program.source().text();
    let shown = if program.is_circuit() {
        "a circuit, whose text is not for reading: make sure that it is the one you mean".into()
    } else {
        format!("\n{}", source(text))
    };
    let digest = hex(&terms.program);
    let mut page = format!(
        "The host's program, {}, digest {digest}:\n{shown}\n",
        program.name()
    );
    if let Some(own) = program.seats().get(seat) {
        let _ = writeln!(page, "It takes from you: {} ({})", own.name, own.ty);
    }
    let learns = list(terms.output_parties.iter().map(|party| usize::from(*party)));
    let all = terms.output_parties.len() == usize::from(terms.parties);
    let _ = writeln!(
        page,
        "It gives {} to {}.",
        program.result_type(),
        if all { "all parties".into() } else { learns }
    );
    page + &how(terms)
}

fn how(terms: &Terms) -> String {
    format!(
        "{} parties; party {} evaluates; {}; {}.",
        terms.parties,
        terms.evaluator,
        if terms.optimize {
            "optimised circuit"
        } else {
            "circuit as lowered"
        },
        match terms.transport {
            Transport::Gossip => "over gossip",
            Transport::Direct => "over direct streams",
        }
    )
}

/// Whom a party waits for: those who are absent, and those who have still to give their input. `board` is as in
/// [`Notice::Board`](iroh_mpc::session::Notice::Board).
pub fn waiting(board: &[Option<bool>], names: &[String], own: usize) -> Option<String> {
    let others = |state: Option<bool>| {
        let seats = (board.iter().enumerate())
            .filter(|(seat, holder)| **holder == state && *seat != own)
            .map(|(seat, _)| {
                let name = names.get(seat).map(String::as_str).unwrap_or_default();
                format!("party {seat} ({name})")
            });
        seats.collect::<Vec<String>>().join(", ")
    };
    let kinds = [
        ("for", others(None)),
        ("for the input of", others(Some(false))),
    ];
    let waits: Vec<String> = (kinds.into_iter())
        .filter(|(_, parties)| !parties.is_empty())
        .map(|(what, parties)| format!("{what} {parties}"))
        .collect();
    (!waits.is_empty()).then(|| format!("Waiting {}.", waits.join("; ")))
}

/// The second page: who sits where, what it costs, and the words.
pub fn second(gathered: &Gathered, names: &[String], own: Option<usize>) -> String {
    let mut page = String::from("Everybody is there:\n");
    for (seat, party) in gathered.roster.parties.iter().enumerate() {
        let name = names.get(seat).map(String::as_str).unwrap_or_default();
        let learns = learns(&gathered.terms, seat);
        let you = if own == Some(seat) { ", you" } else { "" };
        let _ = writeln!(
            page,
            "  party {seat} ({name}{you}), {learns}\n    {}",
            party.id
        );
        for (name, value) in &party.consts {
            let _ = writeln!(page, "    {} = {value}", harmless(name));
        }
    }
    if let Some(own) = own {
        let _ = writeln!(page, "{}", cost(gathered, own));
    }
    let words = style(&gathered.words).bold().for_stderr();
    let _ = write!(
        page,
        "Session words: {words}  (the same for everybody, or somebody is being fooled)"
    );
    page
}

/// What the computation costs this party.
fn cost(gathered: &Gathered, own: usize) -> String {
    let compiled = &gathered.compiled;
    let evaluator = usize::from(gathered.terms.evaluator);
    let outputs = gathered.terms.output_parties.iter();
    let outputs: Vec<usize> = outputs.map(|seat| usize::from(*seat)).collect();
    let spills = compiled.and_gates() >= engine::SPILL_GATES;
    let cost = Cost::new(compiled.circuit(), evaluator, &outputs, spills);
    let own = |of: &[u64]| HumanBytes(of.get(own).copied().unwrap_or_default());
    format!(
        "{} AND gates: you send about {}, receive {}, and need {} of memory.",
        HumanCount(compiled.and_gates() as u64),
        own(&cost.sent),
        own(&cost.received),
        own(&cost.memory),
    )
}

/// What a receipt says, once its signatures are found right.
pub fn receipt(receipt: &Receipt, program: Option<&str>) -> String {
    let Statement {
        session,
        time,
        terms,
        circuit,
        seats,
        commitment,
    } = &receipt.statement;
    let program = program.map(|name| format!(" ({})", harmless(name)));
    let mut page = format!("computed at {} by the host's clock\n", rfc3339(*time));
    let _ = writeln!(page, "versions: {}", harmless(&terms.versions));
    let _ = writeln!(page, "{}", how(terms));
    let _ = writeln!(
        page,
        "program: {}{}",
        hex(&terms.program),
        program.unwrap_or_default()
    );
    let _ = writeln!(page, "circuit: {}", hex(circuit));
    let _ = writeln!(page, "session: {}", hex(session));
    for (seat, (party, signature)) in seats.iter().zip(&receipt.signatures).enumerate() {
        let has = match signature {
            Some(_) => "signed",
            None => "has NOT signed",
        };
        let learns = learns(terms, seat);
        let _ = writeln!(page, "party {seat} {has}, {learns}: {}", party.id);
        for (name, value) in &party.consts {
            let _ = writeln!(page, "  {} = {value}", harmless(name));
        }
    }
    let _ = write!(page, "commitment to the result: {}", hex(commitment));
    if let Some(opening) = &receipt.opening {
        let _ = write!(page, "\nresult: {}", harmless(&opening.result));
    }
    page
}

/// The same for a script.
pub fn receipt_event(receipt: &Receipt, program: Option<&str>) -> Value {
    let statement = &receipt.statement;
    let parties = statement.seats.iter().zip(&receipt.signatures).enumerate();
    let parties: Vec<Value> = parties
        .map(|(seat, (party, signature))| {
            let learns = statement.terms.output_parties.contains(&(seat as u16));
            json!({
                "party": seat,
                "id": party.id.to_string(),
                "signed": signature.is_some(),
                "learns_result": learns,
            })
        })
        .collect();
    json!({
        "v": 1,
        "complete": receipt.missing().is_empty(),
        "missing": receipt.missing(),
        "time": rfc3339(statement.time),
        "session": hex(&statement.session),
        "program": hex(&statement.terms.program),
        "program_name": program,
        "circuit": hex(&statement.circuit),
        "parties": parties,
        "commitment": hex(&statement.commitment),
        "result": receipt.opening.as_ref().map(|opening| opening.result.as_str()),
    })
}

fn learns(terms: &Terms, seat: usize) -> &'static str {
    if terms.output_parties.contains(&(seat as u16)) {
        "learns the result"
    } else {
        "learns nothing"
    }
}

pub fn list(seats: impl Iterator<Item = usize>) -> String {
    let seats: Vec<String> = seats.map(|seat| format!("party {seat}")).collect();
    seats.join(", ")
}

/// A program's text with line numbers, harmless, and highlighted if standard error is a terminal.
fn source(text: &str) -> String {
    let mut shown = String::new();
    let mut comment = false;
    for (number, line) in text.lines().enumerate() {
        let number = style(format!("{:>4}", number + 1)).dim().for_stderr();
        let _ = writeln!(shown, "{number}  {}", highlighted(line, &mut comment));
    }
    shown
}

/// One line, its comments dimmed and Garble's words emphasised. `comment` tells whether a block comment is open.
fn highlighted(line: &str, comment: &mut bool) -> String {
    let dim = Style::new().dim().for_stderr();
    let bold = Style::new().bold().for_stderr();
    let mut shown = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (style, length) = if *comment {
            let end = rest.find("*/").map(|at| at + 2);
            *comment = end.is_none();
            (Some(&dim), end.unwrap_or(rest.len()))
        } else if rest.starts_with("//") {
            (Some(&dim), rest.len())
        } else if rest.starts_with("/*") {
            *comment = true;
            (Some(&dim), 2)
        } else {
            let is_word = |c: char| c == '_' || c.is_alphanumeric();
            match rest.find(|c| !is_word(c)).unwrap_or(rest.len()) {
                0 => (None, rest.chars().next().map_or(1, char::len_utf8)),
                end if KEYWORDS.contains(&&rest[..end]) => (Some(&bold), end),
                end => (None, end),
            }
        };
        let (token, after) = rest.split_at(length);
        let token = harmless(token);
        match style {
            Some(style) => {
                let _ = write!(shown, "{}", style.apply_to(token));
            }
            None => shown.push_str(&token),
        }
        rest = after;
    }
    shown
}

/// Control and format characters, and all that can't be seen, as escapes.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push_str("    "),
            '\'' | '"' | '\\' => shown.push(c),
            // Blank, yet neither a space nor a control character.
            '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}' => {
                shown.extend(c.escape_unicode());
            }
            c => shown.extend(c.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_move_the_cursor_or_reorder_the_text() {
        let odd =
            "a\u{1b}[2J\r\u{8}b\u{202e}c\u{2066}d\u{200b}e\u{9b}31m\u{feff}f\u{e0041}g\u{3164}";
        let shown = harmless(odd);
        assert!(shown.chars().all(|c| c.is_ascii_graphic()), "{shown}");
        assert_eq!(
            harmless("let x = \"é\\ '; // 変数"),
            "let x = \"é\\ '; // 変数"
        );
    }

    #[test]
    fn who_is_absent_is_told_from_whose_input_is_awaited() {
        let names = ["a", "b", "c", "d"].map(String::from);
        let says = |board: [Option<bool>; 4]| waiting(&board, &names, 0);
        let (absent, unready, ready) = (None, Some(false), Some(true));
        assert_eq!(
            says([unready, unready, absent, absent]).unwrap(),
            "Waiting for party 2 (c), party 3 (d); for the input of party 1 (b)."
        );
        assert_eq!(
            says([ready, ready, unready, ready]).unwrap(),
            "Waiting for the input of party 2 (c)."
        );
        assert_eq!(says([unready, ready, ready, ready]), None);
    }

    #[test]
    fn a_program_keeps_its_lines_and_its_text() {
        let text = "// a\r\npub fn main(a: u8) -> u8 { /* two\n lines */ a }\n";
        console::set_colors_enabled_stderr(false);
        assert_eq!(
            source(text),
            "   1  // a\n   2  pub fn main(a: u8) -> u8 { /* two\n   3   lines */ a }\n"
        );
        console::set_colors_enabled_stderr(true);
        let lit = source(text);
        assert_eq!(console::strip_ansi_codes(&lit), {
            console::set_colors_enabled_stderr(false);
            source(text)
        });
        assert!(lit.contains('\u{1b}'));
    }
}
