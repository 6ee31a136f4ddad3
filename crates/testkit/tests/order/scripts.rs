//! Every script there is: who is the victim, and what the other side says in an honest handshake. This file is a table.

use premaster_handshake::{ClientAuth, Clock as _, FalseStart};
use premaster_testkit::cast::{self, DHE, MASTER, TRANSPORT};
use premaster_testkit::figure::Figure;
use premaster_testkit::scene::Scene;
use premaster_testkit::{Cast, Step};
use premaster_wire::{CipherSuite, ExtensionType, HandshakeType as Type};

use crate::figure::{Answer, Course, FULL};
use Step::ChangeCipherSpec as CCS;

/// A script: who is the victim, and what the other side says in an honest handshake.
#[derive(Clone, Copy)]
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) scene: fn(&Cast) -> Scene,
    course: Course,
}

impl Script {
    /// The lines of the side that is played.
    pub(crate) fn figure(&self, scene: &Scene) -> Figure {
        self.course.lines(scene.victim.other())
    }

    /// The lines of the victim itself.
    pub(crate) fn own_lines(&self, scene: &Scene) -> Figure {
        self.course.lines(scene.victim)
    }
}

pub(crate) fn scripts() -> Vec<Script> {
    let rows = [CLIENTS, SERVERS].concat();
    rows.into_iter()
        .map(|(name, course, scene)| Script {
            name,
            scene,
            course,
        })
        .collect()
}

type Row = (&'static str, Course, fn(&Cast) -> Scene);

const TRANSPORTED: Course = Course {
    transport: true,
    ..FULL
};
const STAPLED: Course = Course {
    staple: true,
    ..FULL
};
const TICKETED: Course = Course {
    ticket: true,
    ..FULL
};
const RESUMED: Course = Course {
    resumes: true,
    ..FULL
};
const RENEWED: Course = Course {
    resumes: true,
    ..TICKETED
};
const DECLINED: Course = Course {
    client: Answer::Empty,
    ..FULL
};
const SIGNED: Course = Course {
    client: Answer::Signed,
    ..FULL
};

const CLIENTS: &[Row] = &[
    ("a client", FULL, Cast::against_client),
    ("a client that is asked for a certificate", SIGNED, asked),
    ("a client that is asked and has none", DECLINED, |cast| {
        let mut scene = asked(cast);
        scene.host.credential = None;
        scene
    }),
    ("a client that does a false start", FULL, |cast| {
        starting_early(cast.against_client())
    }),
    (
        "a client that does a false start and is asked for a certificate",
        SIGNED,
        |cast| starting_early(asked(cast)),
    ),
    (
        "a client that does a false start and was promised a ticket",
        TICKETED,
        |cast| starting_early(ticketed(cast.against_client())),
    ),
    ("a client that was promised a staple", STAPLED, |cast| {
        stapled(cast.against_client())
    }),
    ("a client that was promised a ticket", TICKETED, |cast| {
        ticketed(cast.against_client())
    }),
    (
        "a client that was promised both, and is asked",
        Course {
            staple: true,
            ticket: true,
            ..SIGNED
        },
        |cast| ticketed(stapled(asked(cast))),
    ),
    ("a client in a field", FULL, |cast| {
        cast.in_a_field(cast.against_client())
    }),
    ("an asked client in a field", SIGNED, |cast| {
        cast.in_a_field(asked(cast))
    }),
    (
        "a client in a field that was promised a ticket",
        TICKETED,
        |cast| cast.in_a_field(ticketed(cast.against_client())),
    ),
    ("a client that encrypts", TRANSPORTED, |cast| {
        cast.by_transport(cast.against_client())
    }),
    (
        "an asked client that encrypts",
        Course {
            transport: true,
            ..SIGNED
        },
        |cast| cast.by_transport(asked(cast)),
    ),
    (
        "a client that encrypts and was promised a staple",
        Course {
            staple: true,
            ..TRANSPORTED
        },
        |cast| cast.by_transport(stapled(cast.against_client())),
    ),
    (
        "a client that encrypts and was promised a ticket",
        Course {
            ticket: true,
            ..TRANSPORTED
        },
        |cast| cast.by_transport(ticketed(cast.against_client())),
    ),
    (
        "a client that resumes by ID",
        RESUMED,
        Cast::against_resuming_client,
    ),
    ("a client in a field that resumes by ID", RESUMED, |cast| {
        of_suite(cast.in_a_field(cast.against_resuming_client()), DHE)
    }),
    (
        "a client of key transport that resumes by ID",
        RESUMED,
        |cast| of_suite(cast.by_transport(cast.against_resuming_client()), TRANSPORT),
    ),
    (
        "a client that resumes by ticket and keeps it",
        RESUMED,
        |cast| by_ticket(cast, false),
    ),
    (
        "a client that resumes by ticket and gets another",
        RENEWED,
        |cast| by_ticket(cast, true),
    ),
    (
        "a client that resumes and is not taken up on it",
        FULL,
        |cast| {
            let (mut scene, full) = (cast.against_resuming_client(), cast.against_client());
            (scene.plan, scene.script) = (full.plan, full.script);
            scene
        },
    ),
];

const SERVERS: &[Row] = &[
    ("a server", FULL, Cast::against_server),
    ("a server whose client declines", DECLINED, declined),
    (
        "a server whose client authenticates",
        SIGNED,
        Cast::against_strict_server,
    ),
    (
        "a server whose client authenticates unasked for much",
        SIGNED,
        |cast| {
            let mut scene = cast.against_strict_server();
            scene.server.client_auth = optional();
            scene
        },
    ),
    ("a server that promises a ticket", TICKETED, |cast| {
        promising(cast.against_server())
    }),
    (
        "a server that promises a ticket and whose client authenticates",
        Course {
            ticket: true,
            ..SIGNED
        },
        |cast| promising(cast.against_strict_server()),
    ),
    ("a server in a field", FULL, |cast| {
        cast.in_a_field(cast.against_server())
    }),
    (
        "a server in a field whose client declines",
        DECLINED,
        |cast| cast.in_a_field(declined(cast)),
    ),
    (
        "a server in a field whose client authenticates",
        SIGNED,
        |cast| cast.in_a_field(cast.against_strict_server()),
    ),
    ("a server that decrypts", TRANSPORTED, |cast| {
        cast.by_transport(cast.against_server())
    }),
    (
        "a server that decrypts and whose client declines",
        Course {
            transport: true,
            ..DECLINED
        },
        |cast| cast.by_transport(declined(cast)),
    ),
    (
        "a server that decrypts and whose client authenticates",
        Course {
            transport: true,
            ..SIGNED
        },
        |cast| cast.by_transport(cast.against_strict_server()),
    ),
    (
        "a server that resumes by ID",
        RESUMED,
        Cast::against_resuming_server,
    ),
    ("a server in a field that resumes by ID", RESUMED, |cast| {
        stored(cast.in_a_field(cast.against_resuming_server()), DHE)
    }),
    (
        "a server of key transport that resumes by ID",
        RESUMED,
        |cast| stored(cast.by_transport(cast.against_resuming_server()), TRANSPORT),
    ),
    ("a server that does not know the session", FULL, |cast| {
        let mut scene = cast.against_server();
        scene.plan.session_id = vec![0x1d; 32];
        scene
    }),
    (
        "a server that resumes by ticket",
        RESUMED,
        resumed_by_ticket,
    ),
    (
        "a server that resumes by ticket and renews it",
        RENEWED,
        |cast| {
            let mut scene = resumed_by_ticket(cast);
            scene.host.renews = true;
            scene
        },
    ),
    ("a server that cannot open the ticket", TICKETED, |cast| {
        let mut scene = promising(cast.against_server());
        let foreign = b"another server's".to_vec();
        scene.plan.set(ExtensionType::session_ticket, foreign);
        scene
    }),
];

/// With data behind its Finished (RFC 7918): what it takes then is the same.
fn starting_early(mut scene: Scene) -> Scene {
    scene.client.false_start = FalseStart::Always;
    scene
}

fn asked(cast: &Cast) -> Scene {
    let mut scene = cast.against_client();
    let request = Step::Message(Type::certificate_request);
    scene.script.insert(3, request);
    let credential = cast.client.credential(&cast.world.provider);
    scene.host.credential = Some(credential.into());
    scene
}

fn stapled(mut scene: Scene) -> Scene {
    scene.client.ocsp_stapling = true;
    scene.plan.set(ExtensionType::status_request, []);
    let status = Step::Message(Type::certificate_status);
    scene.script.insert(2, status);
    scene
}

/// The ticket comes before the server's ChangeCipherSpec.
fn ticketed(mut scene: Scene) -> Scene {
    scene.client.tickets = true;
    scene.plan.set(ExtensionType::session_ticket, []);
    let change = scene.script.iter().position(|step| *step == CCS).unwrap();
    let ticket = Step::Message(Type::new_session_ticket);
    scene.script.insert(change, ticket);
    scene
}

/// A client's session is one of this suite.
fn of_suite(mut scene: Scene, suite: CipherSuite) -> Scene {
    scene.host.session.as_mut().unwrap().session.suite = suite.0;
    scene
}

/// All sessions that a server has stored are of this suite.
fn stored(mut scene: Scene, suite: CipherSuite) -> Scene {
    for session in scene.host.sessions.values_mut() {
        session.suite = suite.0;
    }
    scene
}

/// The client makes up a session ID, which the server echoes when it takes the ticket (RFC 5077 section 3.4).
fn by_ticket(cast: &Cast, renewed: bool) -> Scene {
    let mut scene = cast.against_resuming_client();
    scene.client.tickets = true;
    let session = scene.host.session.as_mut().unwrap();
    session.session_id.clear();
    session.ticket = b"a ticket".to_vec();
    scene.plan.echoes_session_id = true;
    if renewed {
        scene = ticketed(scene);
    }
    scene
}

fn optional() -> ClientAuth {
    ClientAuth::Optional {
        authorities: Vec::new(),
    }
}

fn declined(cast: &Cast) -> Scene {
    let mut scene = cast.against_server();
    scene.server.client_auth = optional();
    scene.script.insert(1, Step::Message(Type::certificate));
    scene
}

/// A server with ticket keys, and a client that would like a ticket.
fn promising(mut scene: Scene) -> Scene {
    scene.server.tickets = true;
    scene.plan.set(ExtensionType::session_ticket, []);
    scene
}

fn resumed_by_ticket(cast: &Cast) -> Scene {
    let mut scene = promising(cast.against_server());
    let tickets = scene.host.tickets.as_ref().unwrap();
    let ticket = tickets.seal(&cast.session(), cast.world.clock.now());
    let ticket = ticket.unwrap();
    scene.plan.set(ExtensionType::session_ticket, ticket);
    scene.plan.session_id = vec![0x1d; 32];
    scene.plan.master = Some(MASTER);
    scene.script = cast::steps(&[Type::client_hello]);
    scene.script.extend([CCS, Step::Message(Type::finished)]);
    scene
}
