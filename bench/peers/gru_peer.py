#!/usr/bin/env python3
"""gru_peer.py FOLDER ROUNDS - a step of GRU4Rec in PyTorch (128 sessions side by side, 128 wide, 2,048 sampled of 10,000 items, Adagrad) on one
thread, events a CPU second, and on two, events a second of the clock, since its threads turn while they wait; and the gradients of a gated recurrent unit by its autograd in doubles beside those that `rec_bench export
FOLDER` wrote. One JSON object a line."""
import json
import math
import os
import sys
import time

import numpy
import torch

FOLDER, ROUNDS = sys.argv[1], int(sys.argv[2])
ROWS, WIDTH, ITEMS, NEGATIVES, STEPS, RATE = 128, 128, 10000, 2048, 50, .07
NOUGHTS = torch.zeros(ROWS, dtype=torch.long)                       # the place of what was told


def tell(what, unit, values):
    print(json.dumps({'what': what, 'unit': unit, 'values': values}), flush=True)


def read(name):
    return torch.from_numpy(numpy.load(os.path.join(FOLDER, f'{name}.npy'))).double()


# ---- gradients ----

def differences():
    cell = torch.nn.GRUCell(WIDTH, WIDTH).double()
    with torch.no_grad():
        cell.weight_ih.copy_(read('gru_wx').T)
        cell.weight_hh.copy_(read('gru_wh').T)
        cell.bias_ih.copy_(read('gru_bx')[0])
        cell.bias_hh.copy_(read('gru_bh')[0])
    x, h = read('gru_x').requires_grad_(), read('gru_h').requires_grad_()
    after = cell(x, h)
    after.backward(read('gru_dnext'))
    found = {'gru_next': after.detach(), 'gru_dx': x.grad, 'gru_dh': h.grad, 'gru_dwx': cell.weight_ih.grad.T, 'gru_dwh': cell.weight_hh.grad.T,
             'gru_dbx': cell.bias_ih.grad[None], 'gru_dbh': cell.bias_hh.grad[None]}
    return {name: float((read(name) - value).abs().max()) for name, value in found.items()}


# ---- a step ----

class Step:
    """The rows of the table that a step reads, tells or draws are gathered once, and only these are followed: torch's own Adagrad of sparse
    gradients takes half as long again for the whole step."""

    def __init__(self):
        torch.manual_seed(1)
        self.table, self.bias = torch.randn(ITEMS, WIDTH) * .02, torch.zeros(ITEMS, 1)
        self.sums = [torch.zeros_like(of) for of in (self.table, self.bias)]
        self.cell = torch.nn.GRUCell(WIDTH, WIDTH)
        self.follow = torch.optim.Adagrad(self.cell.parameters(), lr=RATE)
        chances = torch.arange(ITEMS, 0, -1, dtype=torch.float).sqrt()
        self.chances = chances / chances.sum()
        self.less = self.chances.log() + math.log(NEGATIVES)
        self.state = torch.zeros(ROWS, WIDTH)

    def run(self, read_items, told):
        drawn = torch.multinomial(self.chances, NEGATIVES, replacement=True)
        items, place = torch.unique(torch.cat([read_items, told, drawn]), return_inverse=True)
        rows, bias = self.table[items].requires_grad_(), self.bias[items].requires_grad_()
        x, own_rows, other_rows = torch.nn.functional.embedding(place, rows).split([ROWS, ROWS, NEGATIVES])
        own_bias, other_bias = torch.nn.functional.embedding(place[ROWS:], bias).split([ROWS, NEGATIVES])
        after = self.cell(x, self.state)
        own = (after * own_rows).sum(1, keepdim=True) + own_bias
        others = torch.addmm(other_bias[:, 0] - self.less[drawn], after, other_rows.T)
        others.masked_fill_(told[:, None] == drawn[None], -1e30)
        loss = torch.nn.functional.cross_entropy(torch.cat([own, others], 1), NOUGHTS)
        self.follow.zero_grad(set_to_none=True)
        loss.backward()
        self.follow.step()
        with torch.no_grad():
            for table, sums, part in ((self.table, self.sums[0], rows), (self.bias, self.sums[1], bias)):
                squares = sums[items].addcmul_(part.grad, part.grad)
                sums[items] = squares
                table[items] = part.addcdiv_(part.grad, squares.add_(1e-12).sqrt_(), value=-RATE)
        self.state = after.detach()


def rates(threads, now):
    torch.set_num_threads(threads)
    step, found = Step(), []
    items = (torch.rand(ROUNDS + 1, STEPS, 2, ROWS) ** 2 * ITEMS).long()
    for one in items:
        began = now()
        for read_items, told in one:
            step.run(read_items, told)
        found.append(STEPS * ROWS / (now() - began))
    return found[1:]


torch.set_num_threads(1)
for name, most in differences().items():
    tell(name, '', [most])
tell('one thread', 'events/s', rates(1, time.process_time))
tell('two threads', 'events/s', rates(2, time.perf_counter))
