// The editor as an element: made when it comes, gone when it goes. Its style sheet is ours (a policy forbids its own).
import { Editor, type EditorOptions } from "@tiptap/core";
import { defineComponent, h, onBeforeUnmount, onMounted, type PropType, ref, watch } from "vue";

export const EditorBox = defineComponent({
	props: { options: { type: Object as PropType<Partial<EditorOptions>>, required: true }, editable: { type: Boolean, default: true } },
	emits: { ready: (_editor: Editor) => true },
	setup(props, { emit }) {
		const box = ref<HTMLElement>();
		let editor: Editor | null = null;
		onMounted(() => {
			editor = new Editor({ ...props.options, editable: props.editable, element: box.value, injectCSS: false });
			emit("ready", editor);
		});
		watch(() => props.editable, (yes) => editor?.setEditable(yes, false));
		onBeforeUnmount(() => editor?.destroy());
		return () => h("div", { ref: box, class: "editor__box" });
	},
});
