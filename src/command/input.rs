//! Inputs and constants: from options, files, standard input and the terminal.

use std::io::{self, IsTerminal, Read};

use futures::{FutureExt, future};
use iroh_mpc::{
    error::Error,
    program::{Constants, Contribution, Given, Program, ProgramError},
    session::ReadInput,
};
use zeroize::Zeroizing;

use crate::{
    cli::{Const, InputArg, SessionArgs},
    ui::Ui,
};

/// The longest standard input that is read for a ticket or an input.
const MAX_STDIN: u64 = 64 << 20;

/// Input and constants as the options give them. What can be checked now is checked now, before anybody is bothered.
pub fn own(
    args: &SessionArgs,
    program: Option<&Program>,
    seat: Option<usize>,
) -> Result<ReadInput, Error> {
    let consts = own_consts(&args.consts)?;
    let given = match args.inputs.as_slice() {
        [] if io::stdin().is_terminal() => {
            return Ok(Box::new(|program, seat| ask(program, seat, consts).boxed()));
        }
        [] => {
            let why = "--input LITERAL is missing, and there is no terminal to ask at";
            return Err(Error::Usage(why.into()));
        }
        [InputArg::Literal(text)] if text.is_stdin() => {
            let text =
                read_stdin().map_err(|e| Error::Local(format!("cannot read the input: {e}")))?;
            Given::literal(text.trim())
        }
        [one] => load(one)?,
        _ => return Err(Error::Usage(surplus(args).into())),
    };
    let given = given.sorted(args.sort_input);
    if let (Some(program), Some(seat)) = (program, seat) {
        program.contribution(seat, &consts, given.clone())?;
    }
    Ok(Box::new(move |program, seat| {
        async move { program.contribution(seat, &consts, given) }.boxed()
    }))
}

/// What is wrong with more than one input.
fn surplus(args: &SessionArgs) -> &'static str {
    match (args.input.is_empty(), args.input_file.is_empty()) {
        (false, false) => "--input or --input-file, not both: a party has one input",
        (false, true) => "--input was given more than once",
        (true, _) => "--input-file was given more than once",
    }
}

/// Asks for the input at the terminal. A thread waits for the person, so that the session goes on meanwhile.
async fn ask(
    program: Program,
    seat: usize,
    consts: Vec<(String, String)>,
) -> Result<Contribution, ProgramError> {
    let (name, ty) = (program.seats().get(seat))
        .map(|seat| (seat.name.clone(), seat.ty.to_string()))
        .unwrap_or_default();
    let failed = |why: &str| ProgramError::Input {
        party: seat,
        name: name.clone(),
        at: String::new(),
        ty: ty.clone(),
        why: why.into(),
    };
    let (asked_name, asked_ty) = (name.clone(), ty.clone());
    let answer = tokio::task::spawn_blocking(move || Ui::ask(seat, &asked_name, &asked_ty)).await;
    match answer {
        Ok(Ok(text)) => {
            let given = Given::literal(Zeroizing::new(text).trim());
            program.contribution(seat, &consts, given)
        }
        // The prompt has sent the signal that Ctrl-C means; the session ends by it, and not by an answer that isn't there.
        Ok(Err(e)) if e.kind() == io::ErrorKind::Interrupted => future::pending().await,
        Ok(Err(_)) | Err(_) => Err(failed("could not be read from the terminal")),
    }
}

fn load(arg: &InputArg) -> Result<Given, ProgramError> {
    match arg {
        InputArg::Literal(text) => Ok(Given::literal(text.as_str())),
        InputArg::File(path) => Given::load(path),
    }
}

/// The inputs of all parties, in the order of the seats.
pub fn of_all(args: &SessionArgs, parties: usize) -> Result<Vec<Given>, Error> {
    let given = args.inputs.len();
    if given != parties {
        return Err(Error::Usage(format!(
            "the program has {parties} parties, but --input and --input-file were given {given} times"
        )));
    }
    let inputs = args.inputs.iter().map(|arg| match arg {
        InputArg::Literal(text) if text.is_stdin() => Err(Error::Usage(
            "simulate reads no input from standard input".into(),
        )),
        arg => Ok(load(arg)?.sorted(args.sort_input)),
    });
    inputs.collect()
}

/// One party's constants, as its options give them.
fn own_consts(consts: &[Const]) -> Result<Vec<(String, String)>, Error> {
    let own = consts.iter().map(|it| match it.party {
        None => Ok((it.name.clone(), it.value.clone())),
        Some(_) => Err(Error::Usage(format!(
            "--const {0}=VALUE gives your own constant; the others give theirs",
            it.name
        ))),
    });
    own.collect()
}

/// The constants of all parties that take part here, as far as options and inputs give them.
pub fn all_consts(
    consts: &[Const],
    program: &Program,
    inputs: &[Given],
) -> Result<Vec<Constants>, Error> {
    let nobody = consts
        .iter()
        .find(|it| it.party.is_none_or(|p| p >= program.parties()));
    if let Some(it) = nobody {
        let last = program.parties() - 1;
        let name = &it.name;
        return Err(Error::Usage(format!(
            "--const {name}: whose? Write PARTY_0::{name}=VALUE; the parties are PARTY_0 to PARTY_{last}"
        )));
    }
    let of_party = |party| -> Result<Constants, Error> {
        let given: Vec<_> = (consts.iter())
            .filter(|it| it.party == Some(party))
            .map(|it| (it.name.clone(), it.value.clone()))
            .collect();
        Ok(program.constants(party, &given, inputs.get(party))?)
    };
    (0..program.parties()).map(of_party).collect()
}

pub fn read_stdin() -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    io::stdin()
        .lock()
        .take(MAX_STDIN)
        .read_to_string(&mut text)?;
    Ok(text)
}
