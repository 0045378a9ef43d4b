extension SeriesTable {
    /// Finds the slot of each row. The order of the last poll is tried first: sources rarely change it.
    func place(_ poll: Poll) -> Placement {
        var placement = Placement()
        if let lastNames, poll.machines.isSame(as: lastNames) {
            placement.slots = lastSlots
            return placement
        }
        var index = machines
        let room = machineRoom
        let limit = min(source.maxMachines, room)
        var taken = Array(repeating: false, count: machines.slots)
        placement.slots.reserveCapacity(poll.machines.count)
        for row in 0..<poll.machines.count {
            let guess = row < lastSlots.count ? lastSlots[row] : -1
            var slot = index.slot(of: row, in: poll.machines, guess: guess)
            if slot == nil {
                slot = add(row, of: poll, to: &index, limit, &placement)
                while taken.count < index.slots { taken.append(false) }
            }
            if let found = slot, found >= room {
                // A window was made longer since the machine got its slot.
                placement.beyondLimit += 1
                placement.slots.append(-1)
            } else if let found = slot, !taken[Int(found)] {
                taken[Int(found)] = true
                placement.slots.append(found)
            } else {
                placement.slots.append(-1)
            }
        }
        if !placement.added.isEmpty || !placement.forgotten.isEmpty { placement.index = index }
        return placement
    }

    /// For how many machines there is room for their windows.
    private var machineRoom: Int { metrics.map(\.rings.machineLimit).min() ?? .max }

    private func add(
        _ row: Int, of poll: Poll, to index: inout MachineIndex, _ limit: Int, _ placement: inout Placement
    ) -> Int32? {
        if index.count >= limit, placement.forgotten.isEmpty, placement.beyondLimit == 0 {
            placement.forgotten = idle(at: poll)
            index.release(placement.forgotten.map(\.slot))
        }
        guard index.count < limit else {
            placement.beyondLimit += 1
            return nil
        }
        let slot = index.add(row, of: poll.machines)
        placement.added.append(.init(slot: slot, name: poll.machines[row]))
        return slot
    }

    /// The machines whose windows would start anew anyway, and which have no row in `poll` and no incident
    /// that is open or held, but for that they are missing: to forget them changes no verdict on a value.
    private func idle(at poll: Poll) -> [Placement.Member] {
        let named = (0..<poll.machines.count).compactMap {
            machines.slot(of: $0, in: poll.machines, guess: $0 < lastSlots.count ? lastSlots[$0] : -1)
        }
        let present = Set(named)
        return (0..<machines.slots).compactMap { slot in
            guard let name = machines[slot], !present.contains(Int32(slot)),
                metrics.allSatisfy({ metric in
                    metric.rings.run(of: slot, before: poll.at.milliseconds) == 0
                        && metric.watches.allSatisfy { $0.state(at: slot) == .none }
                })
            else { return nil }
            return .init(slot: Int32(slot), name: name)
        }
    }
}
