//! The examples of the codes' pages: the wrong one gets its message, the right one none.

use ansatz::data::Input;
use ansatz_grammar::diagnostic::{Code, Example, codes, render};
use ansatz_tests::session::{Session, session};

fn taken(example: &Example) -> Session {
    let file = example.data.map(|data| ("example.json".to_owned(), data.into()));
    let setting = |text: &str| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = example.settings.and_then(setting).into_iter().collect();
    session("example.anz", &example.text(), &Input { files: file.into_iter().collect(), settings }, true)
}

#[test]
fn wrong_examples_get_their_code_and_right_ones_are_clean() {
    let mut faults = Vec::new();
    for code in Code::all() {
        let page = code.explanation();
        let wrong = taken(&page.wrong);
        if wrong.diagnostics.iter().all(|said| said.code != code) {
            let said: Vec<String> =
                wrong.diagnostics.iter().map(|said| format!("{} {}", said.code, said.message)).collect();
            faults.push(format!("{code}: its wrong example gets {said:?}"));
        }
        let has_data = page.right.data.is_some() || page.right.settings.is_some();
        let right = taken(&page.right);
        // Examples about programs come without data, so they are not bound.
        let counts = |code: Code| has_data || code != codes::MISSING_DATA;
        let told: Vec<_> = right.diagnostics.iter().filter(|said| counts(said.code)).cloned().collect();
        if !told.is_empty() {
            faults.push(format!("{code}: its right example gets\n{}", render(&told, &right.sources, false)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_example_of_another_code_is_noticed() {
    let wrong = taken(&codes::UNKNOWN_NAME.explanation().wrong);
    assert!(wrong.diagnostics.iter().all(|said| said.code != codes::INNER_DIMENSIONS));
}
