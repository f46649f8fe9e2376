/* SPDX-License-Identifier: MIT */
#pragma once

/* One client that talks with a service, from the inside: shared by dialogue, talk and talk-output. */

#include "base/list.h"
#include "engine/dialogue.h"
#include "engine/input.h"
#include "engine/output.h"
#include "host/duct.h"

struct Dialogue {
        Loop *loop;       /* weak */
        Capture *capture; /* weak */
        Input input;
        List talks;
        List senders; /* those with input; the first is listened to, the others wait for it */
        List turns;   /* those that want a turn; the first has it */
        unsigned n_talks;
        uint64_t mark[TALK_STREAMS];
        uint64_t run_start[TALK_STREAMS]; /* where the latest run's output begins */
        bool has_input;                   /* the main process that lives has a stdin of ours */
        Deferred reap;                    /* talks that have ended */
        Deferred push;                    /* output that had to wait for a turn */
        Timer patience;                   /* with those that hold what a run that is over has put out */
        usec_t patience_usec;
};

struct Talk {
        Dialogue *dialogue; /* weak */
        List link, sender_link, turn_link;
        TalkOptions options;
        int fd;
        Watch watch;
        Duct ducts[3]; /* the client's own stdin, stdout, stderr */
        bool has_turn;
        bool done;     /* to be freed at the end of the turn */
        bool blocked;  /* its socket, or one of its ducts, is full */
        uint32_t owed; /* bit per TalkKind: to be told when there is room */
        TalkRefusal refusal;

        /* input */
        bool marked;     /* its first byte was written: the mark is set */
        bool gave_all;   /* TALK_WRITTEN is due when `due` bytes are written */
        bool ends_input; /* … and stdin is to be closed */
        uint64_t due;

        /* output */
        bool follows;                  /* output is sent */
        uint64_t next[TALK_STREAMS];   /* positions: what is sent next */
        uint64_t now_at[TALK_STREAMS]; /* TALK_NOW is due when all before is sent */
        bool now_due;
        unsigned generation;            /* of the ring that it stands in; 0: none */
        uint64_t segment, offset;       /* the place in it … */
        uint64_t at[TALK_STREAMS];      /* … and the positions there */
        uint64_t dropped[TALK_STREAMS]; /* never came into the ring, and is not told yet */

        /* the end */
        bool ended, ended_told;
        bool bounded; /* the next run has begun: nothing behind `bound` is told */
        uint64_t bound[TALK_STREAMS];
        uint64_t looked_at; /* where it stood when patience with it was looked at last */
        TalkEnd end;
        int status;
};

/* dialogue.c */
void talk_finish(Talk *talk);
/* A client read something: may the pipes go on? */
void dialogue_look_at_hold(Dialogue *dialogue);
/* Whoever comes first among the senders is listened to. */
void dialogue_look_at_senders(Dialogue *dialogue);

/* talk.c */
int talk_new(Dialogue *dialogue, const TalkOptions *options, Talk **ret, int *ret_fd);
Talk *talk_free(Talk *talk);
DEFINE_CLEANUP(Talk *, talk_free);
/* The client has closed its end, whether that was noticed or not. */
bool talk_is_gone(const Talk *talk);
/* One packet. -EAGAIN: it is blocked now. */
int talk_send(Talk *talk, const TalkHead *head, const void *data, size_t size);
/* A packet without data, which is sent as soon as there is room. Each kind once until then. */
void talk_tell(Talk *talk, TalkKind kind);
/* It, or one of its ducts, takes nothing more now. */
void talk_block(Talk *talk, Duct *duct);
/* Is it to be listened to now? */
void talk_look_at_input(Talk *talk);
/* Its input was written as far as the service's counter says. */
void talk_look_at_written(Talk *talk);
void talk_begin_turn(Talk *talk);
/* The run is over: what it has not written it never will. */
void talk_refuse_ended(Talk *talk);

/* talk-output.c */
/* Follows from these positions on. */
void talk_follow(Talk *talk, const uint64_t from[static TALK_STREAMS]);
/* Sends what there is, at most so much that others have their turn. True: there is more that can be sent now. */
bool talk_push(Talk *talk);
/* How much more the ring may take without going over what it has not read; SIZE_MAX: it doesn't matter. */
size_t talk_room(const Talk *talk);
